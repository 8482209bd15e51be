namespace Trading.Core.Tests;

/// <summary>Proofs and frontiers of trees of every size, against the definition of RFC 6962.</summary>
public class MerkleProofTests
{
    [Fact]
    public void every_proof_about_every_pair_of_sizes_holds_for_that_pair_only()
    {
        const int Most = 66;
        var (tree, leaves) = Numbered(Most);
        for (var size = 1; size <= Most; size++)
        {
            var root = tree.Root(size);
            Assert.Equal(Definition(leaves.AsSpan(0, size)), root);
            for (var index = 0; index < size; index++)
            {
                var proof = tree.Inclusion(index, size);
                Assert.True(MerkleTree.VerifyInclusion(leaves[index], index, size, proof, root), $"leaf {index} of {size}");
                Assert.False(MerkleTree.VerifyInclusion(leaves[(index + 1) % Most], index, size, proof, root));
                Assert.False(MerkleTree.VerifyInclusion(leaves[index], index, size, [.. proof, root], root));
                Assert.False(index + 1 < size && MerkleTree.VerifyInclusion(leaves[index], index + 1, size, proof, root));
                Assert.False(proof.Count > 0 && MerkleTree.VerifyInclusion(leaves[index], index, size, [.. proof.Skip(1)], root));
            }
            for (var old = 0; old <= size; old++)
            {
                var proof = tree.Consistency(old, size);
                Assert.True(MerkleTree.VerifyConsistency(old, tree.Root(old), size, root, proof), $"{old} of {size}");
                Assert.False(old > 0 && MerkleTree.VerifyConsistency(old, tree.Root(old - 1), size, root, proof));
                Assert.False(old > 0 && MerkleTree.VerifyConsistency(old, tree.Root(old), size, leaves[0].Reverse().ToArray(), proof));
                Assert.False(proof.Count > 0 && MerkleTree.VerifyConsistency(old, tree.Root(old), size, root, [.. proof.Skip(1)]));
            }
        }
    }

    [Fact]
    public void a_frontier_and_the_leaves_behind_it_give_the_proof_that_the_whole_tree_gives()
    {
        const int Most = 70;
        var (tree, leaves) = Numbered(Most);
        var frontier = new MerkleFrontier();
        for (var old = 0; old <= Most; old++)
        {
            for (var size = old; size <= Most; size++)
                Assert.Equal(tree.Consistency(old, size), frontier.Consistency(leaves[old..size]));
            if (old < Most)
                frontier.Append(leaves[old]);
        }
    }

    [Fact]
    public void a_frontier_goes_on_from_its_state_as_if_it_had_never_stopped()
    {
        var (tree, leaves) = Numbered(100);
        var frontier = new MerkleFrontier();
        foreach (var leaf in leaves)
        {
            frontier = new MerkleFrontier(frontier.Size, frontier.State());
            frontier.Append(leaf);
            Assert.Equal(tree.Root(frontier.Size), frontier.Root());
        }
        Assert.Equal(3 * MerkleTree.HashSize, frontier.State().Length); // 100 is 1100100 in binary
    }

    [Fact]
    public void a_state_of_another_size_is_refused() =>
        Assert.Throws<ArgumentException>(() => new MerkleFrontier(3, new byte[MerkleTree.HashSize]));

    private static (MerkleProofs Tree, byte[][] Leaves) Numbered(int count)
    {
        var leaves = Enumerable.Range(0, count).Select(number => MerkleTree.HashLeaf(BitConverter.GetBytes(number))).ToArray();
        var tree = new MerkleProofs();
        foreach (var leaf in leaves)
            tree.Append(leaf);
        return (tree, leaves);
    }

    /// <summary>MTH of RFC 6962, section 2.1, word for word.</summary>
    private static byte[] Definition(ReadOnlySpan<byte[]> leaves)
    {
        if (leaves.Length == 1)
            return leaves[0];
        var split = 1;
        while (split * 2 < leaves.Length)
            split *= 2;
        var node = new byte[MerkleTree.HashSize];
        MerkleTree.HashNode(Definition(leaves[..split]), Definition(leaves[split..]), node);
        return node;
    }
}
