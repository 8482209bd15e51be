using System.Globalization;

namespace Trading.Core.Tests;

/// <summary>The tree of RFC 6962, against the reference vectors of Certificate Transparency.</summary>
public class MerkleTreeTests
{
    /// <summary>The eight leaves of Certificate Transparency's reference tests (merkletree/merkle_tree_test.cc), in hexadecimal.</summary>
    private static readonly string[] Leaves =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

    /// <summary>The roots of the first one to eight of them, from the same place.</summary>
    private static readonly string[] Roots =
    [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    [Fact]
    public void the_tree_without_leaves_has_the_hash_of_nothing_as_its_root()
    {
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Hex(new MerkleFrontier().Root()));
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Hex(new MerkleProofs().Root(0)));
    }

    [Fact]
    public void every_prefix_of_the_reference_leaves_has_the_published_root()
    {
        var (frontier, proofs) = (new MerkleFrontier(), Reference());
        foreach (var (leaf, root) in Leaves.Zip(Roots))
        {
            frontier.Append(MerkleTree.HashLeaf(Convert.FromHexString(leaf)));
            Assert.Equal(root, Hex(frontier.Root()));
            Assert.Equal(root, Hex(proofs.Root(frontier.Size)));
        }
    }

    // testdata of the reference: PathTestVector paths[] and ProofTestVector proofs[]; indexes from 0.
    [Theory]
    [InlineData(0, 1, "")]
    [InlineData(0, 8,
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7 5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e "
        + "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4")]
    [InlineData(5, 8,
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0 "
        + "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")]
    [InlineData(2, 3, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125")]
    [InlineData(1, 5,
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d 5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e "
        + "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b")]
    public void an_inclusion_proof_is_the_published_one(long index, long size, string proof)
    {
        Assert.Equal(proof, Hex(Reference().Inclusion(index, size)));
        Assert.True(MerkleTree.VerifyInclusion(
            MerkleTree.HashLeaf(Convert.FromHexString(Leaves[index])), index, size, FromHex(proof),
            Convert.FromHexString(Roots[size - 1])));
    }

    [Theory]
    [InlineData(1, 1, "")]
    [InlineData(1, 8,
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7 5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e "
        + "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4")]
    [InlineData(6, 8,
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0 "
        + "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")]
    [InlineData(2, 5, "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e "
        + "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b")]
    public void a_consistency_proof_is_the_published_one(long oldSize, long newSize, string proof)
    {
        Assert.Equal(proof, Hex(Reference().Consistency(oldSize, newSize)));
        Assert.True(MerkleTree.VerifyConsistency(
            oldSize, Convert.FromHexString(Roots[oldSize - 1]), newSize, Convert.FromHexString(Roots[newSize - 1]), FromHex(proof)));
    }

    [Fact]
    public void proofs_outside_of_the_tree_are_refused()
    {
        var tree = Reference();
        Assert.Throws<ArgumentOutOfRangeException>(() => tree.Inclusion(8, 8));
        Assert.Throws<ArgumentOutOfRangeException>(() => tree.Inclusion(0, 9));
        Assert.Throws<ArgumentOutOfRangeException>(() => tree.Consistency(5, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => tree.Root(9));
    }

    private static MerkleProofs Reference()
    {
        var tree = new MerkleProofs();
        foreach (var leaf in Leaves)
            tree.Append(MerkleTree.HashLeaf(Convert.FromHexString(leaf)));
        return tree;
    }

    private static string Hex(byte[] hash) => Convert.ToHexString(hash).ToLower(CultureInfo.InvariantCulture);

    private static string Hex(IReadOnlyList<byte[]> hashes) => string.Join(' ', hashes.Select(Hex));

    private static List<byte[]> FromHex(string hashes) =>
        [.. hashes.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Convert.FromHexString)];
}
