using System.Numerics;

namespace Trading.Core;

/// <summary>
/// What must be kept of a tree to append to it: the roots of its complete subtrees, one for each bit that is set in its size, largest
/// first.
/// </summary>
public sealed class MerkleFrontier
{
    private readonly byte[] _roots = new byte[64 * MerkleTree.HashSize];
    private int _count;

    /// <summary>An empty tree.</summary>
    public MerkleFrontier()
    {
    }

    /// <summary>The tree of an earlier <see cref="State"/>.</summary>
    /// <exception cref="ArgumentException">The state is not that of a tree of this size.</exception>
    public MerkleFrontier(long size, ReadOnlySpan<byte> state)
    {
        _count = size < 0 ? -1 : BitOperations.PopCount((ulong)size);
        if (state.Length != _count * MerkleTree.HashSize)
            throw new ArgumentException($"A tree of {size} leaves has {_count} subtrees; {state.Length} bytes were given.", nameof(state));
        Size = size;
        state.CopyTo(_roots);
    }

    /// <summary>Number of leaves.</summary>
    public long Size { get; private set; }

    /// <summary>The roots of the complete subtrees, largest first.</summary>
    public byte[] State() => _roots.AsSpan(0, _count * MerkleTree.HashSize).ToArray();

    /// <summary>Appends a leaf by its hash.</summary>
    public void Append(ReadOnlySpan<byte> leafHash)
    {
        leafHash.CopyTo(Root(_count++));
        // Two subtrees of one size become one of the next size, as in counting upwards in binary.
        for (var carry = Size++; (carry & 1) == 1; carry >>= 1, _count--)
            MerkleTree.HashNode(Root(_count - 2), Root(_count - 1), Root(_count - 2));
    }

    /// <summary>The root of the whole tree.</summary>
    public byte[] Root()
    {
        if (_count == 0)
            return MerkleTree.EmptyRoot();
        var root = Root(_count - 1).ToArray();
        for (var subtree = _count - 2; subtree >= 0; subtree--)
            MerkleTree.HashNode(Root(subtree), root, root);
        return root;
    }

    /// <summary>
    /// Proves that this tree is the beginning of the one with further leaves (RFC 6962, section 2.1.2), from these alone.
    /// </summary>
    /// <param name="added">The hashes of the leaves that stand behind this tree's.</param>
    public IReadOnlyList<byte[]> Consistency(IReadOnlyList<byte[]> added)
    {
        // What lies within this tree is always one of its complete subtrees.
        return MerkleTree.Consistency(Size, Size + added.Count, (begin, end) => begin < Size ? Subtree(begin) : Of(begin, end));

        byte[] Of(long from, long to)
        {
            var tree = new MerkleFrontier();
            for (var leaf = from - Size; leaf < to - Size; leaf++)
                tree.Append(added[checked((int)leaf)]);
            return tree.Root();
        }

        byte[] Subtree(long begin)
        {
            var (at, subtree) = (0L, 0);
            for (; at < begin; subtree++)
                at += 1L << (63 - BitOperations.LeadingZeroCount((ulong)(Size - at)));
            return Root(subtree).ToArray();
        }
    }

    private Span<byte> Root(int subtree) => _roots.AsSpan(subtree * MerkleTree.HashSize, MerkleTree.HashSize);
}
