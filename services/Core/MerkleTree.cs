using System.Numerics;
using System.Security.Cryptography;

namespace Trading.Core;

// The Merkle tree of RFC 6962 (Certificate Transparency), section 2.1, over SHA-256.

/// <summary>Hashes of the tree, and the checks of proofs, which need no tree.</summary>
public static class MerkleTree
{
    /// <summary>Bytes of a hash.</summary>
    public const int HashSize = SHA256.HashSizeInBytes;

    /// <summary>First byte of what a leaf's hash is made over, so that no node can be passed off as a leaf.</summary>
    public const byte LeafPrefix = 0;

    /// <summary>First byte of what a node's hash is made over.</summary>
    public const byte NodePrefix = 1;

    /// <summary>Most nodes that a proof can have: two paths through a tree of 2^63 leaves.</summary>
    public const int MaxProofLength = 128;

    /// <summary>The root of a tree without leaves.</summary>
    public static byte[] EmptyRoot() => SHA256.HashData([]);

    /// <summary>The hash of a leaf.</summary>
    public static byte[] HashLeaf(ReadOnlySpan<byte> entry) => SHA256.HashData([LeafPrefix, .. entry]);

    /// <summary>Writes the hash of a node to <paramref name="destination"/>, which may be one of its children.</summary>
    public static void HashNode(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> destination)
    {
        Span<byte> input = stackalloc byte[1 + 2 * HashSize];
        input[0] = NodePrefix;
        left.CopyTo(input[1..]);
        right.CopyTo(input[(1 + HashSize)..]);
        SHA256.HashData(input, destination);
    }

    /// <summary>Whether a leaf stands at an index of the tree with a root (RFC 9162, section 2.1.3.2).</summary>
    /// <param name="leafHash">Hash of the leaf.</param>
    /// <param name="index">Its index, from 0.</param>
    /// <param name="size">Leaves of the tree.</param>
    /// <param name="proof">The inclusion proof.</param>
    /// <param name="root">The tree's root.</param>
    public static bool VerifyInclusion(ReadOnlySpan<byte> leafHash, long index, long size, IReadOnlyList<byte[]> proof, ReadOnlySpan<byte> root)
    {
        if (index < 0 || index >= size || !AreHashes(proof) || leafHash.Length != HashSize)
            return false;
        var (node, last) = (index, size - 1);
        Span<byte> hash = stackalloc byte[HashSize];
        leafHash.CopyTo(hash);
        foreach (var sibling in proof)
        {
            if (last == 0)
                return false;
            if ((node & 1) == 1 || node == last)
            {
                HashNode(sibling, hash, hash);
                while ((node & 1) == 0 && node != 0)
                    (node, last) = (node >> 1, last >> 1);
            }
            else
            {
                HashNode(hash, sibling, hash);
            }
            (node, last) = (node >> 1, last >> 1);
        }
        return last == 0 && hash.SequenceEqual(root);
    }

    /// <summary>Whether a tree is the beginning of a larger one (RFC 9162, section 2.1.4.2).</summary>
    /// <param name="oldSize">Leaves of the smaller tree, 0 or more.</param>
    /// <param name="oldRoot">Its root.</param>
    /// <param name="newSize">Leaves of the larger tree.</param>
    /// <param name="newRoot">Its root.</param>
    /// <param name="proof">The consistency proof.</param>
    public static bool VerifyConsistency(long oldSize, ReadOnlySpan<byte> oldRoot, long newSize, ReadOnlySpan<byte> newRoot, IReadOnlyList<byte[]> proof)
    {
        if (oldSize < 0 || oldSize > newSize || !AreHashes(proof))
            return false;
        if (oldSize == newSize)
            return proof.Count == 0 && oldRoot.SequenceEqual(newRoot);
        if (oldSize == 0)
            return proof.Count == 0 && oldRoot.SequenceEqual(EmptyRoot());

        // A smaller tree that is a whole subtree of the larger one is not repeated in the proof.
        List<byte[]> path = BitOperations.IsPow2(oldSize) ? [oldRoot.ToArray(), .. proof] : [.. proof];
        if (path.Count == 0)
            return false;
        var (node, last) = (oldSize - 1, newSize - 1);
        while ((node & 1) == 1)
            (node, last) = (node >> 1, last >> 1);
        Span<byte> before = stackalloc byte[HashSize];
        Span<byte> after = stackalloc byte[HashSize];
        if (path[0].Length != HashSize)
            return false;
        path[0].CopyTo(before);
        path[0].CopyTo(after);
        foreach (var sibling in path.Skip(1))
        {
            if (last == 0)
                return false;
            if ((node & 1) == 1 || node == last)
            {
                HashNode(sibling, before, before);
                HashNode(sibling, after, after);
                while ((node & 1) == 0 && node != 0)
                    (node, last) = (node >> 1, last >> 1);
            }
            else
            {
                HashNode(after, sibling, after);
            }
            (node, last) = (node >> 1, last >> 1);
        }
        return last == 0 && before.SequenceEqual(oldRoot) && after.SequenceEqual(newRoot);
    }

    private static bool AreHashes(IReadOnlyList<byte[]> proof) => proof.Count <= MaxProofLength && proof.All(hash => hash.Length == HashSize);
}

/// <summary>
/// What must be kept of a tree to go on appending to it: the roots of its complete subtrees, one for each bit that is set in its size, largest first.
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

    private Span<byte> Root(int subtree) => _roots.AsSpan(subtree * MerkleTree.HashSize, MerkleTree.HashSize);
}

/// <summary>A whole tree in memory, 64 bytes for each leaf, that gives proofs about any two of its sizes.</summary>
public sealed class MerkleProofs
{
    private const int FirstCapacity = 1024;
    // Level k holds the roots of the complete subtrees of 2^k leaves.
    private readonly List<byte[]> _levels = [new byte[FirstCapacity * MerkleTree.HashSize]];

    /// <summary>Number of leaves.</summary>
    public long Size { get; private set; }

    /// <summary>Appends a leaf by its hash.</summary>
    public void Append(ReadOnlySpan<byte> leafHash)
    {
        Set(0, Size, leafHash);
        var at = Size++;
        for (var level = 0; (at & 1) == 1; level++, at >>= 1)
        {
            var parent = new byte[MerkleTree.HashSize];
            MerkleTree.HashNode(Get(level, at - 1), Get(level, at), parent);
            Set(level + 1, at >> 1, parent);
        }
    }

    /// <summary>The root of the first <paramref name="size"/> leaves.</summary>
    public byte[] Root(long size) => size == 0 ? MerkleTree.EmptyRoot() : Hash(0, Within(size));

    /// <summary>Proves that a leaf stands at an index of the tree of the first <paramref name="size"/> leaves.</summary>
    public IReadOnlyList<byte[]> Inclusion(long index, long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Within(size));
        var proof = new List<byte[]>();
        var (begin, end) = (0L, size);
        while (end - begin > 1)
        {
            var middle = begin + Split(end - begin);
            var left = index < middle;
            proof.Add(left ? Hash(middle, end) : Hash(begin, middle));
            (begin, end) = left ? (begin, middle) : (middle, end);
        }
        proof.Reverse();
        return proof;
    }

    /// <summary>Proves that the tree of the first <paramref name="oldSize"/> leaves is the beginning of that of the first <paramref name="newSize"/>.</summary>
    public IReadOnlyList<byte[]> Consistency(long oldSize, long newSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(oldSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(oldSize, Within(newSize));
        var proof = new List<byte[]>();
        if (oldSize == 0 || oldSize == newSize)
            return proof;
        var (begin, end, whole) = (0L, newSize, true);
        while (oldSize != end)
        {
            var middle = begin + Split(end - begin);
            var left = oldSize <= middle;
            proof.Add(left ? Hash(middle, end) : Hash(begin, middle));
            (begin, end, whole) = left ? (begin, middle, whole) : (middle, end, false);
        }
        if (!whole)
            proof.Add(Hash(begin, end));
        proof.Reverse();
        return proof;
    }

    private long Within(long size) =>
        size >= 0 && size <= Size ? size : throw new ArgumentOutOfRangeException(nameof(size), size, $"The tree has {Size} leaves.");

    // The largest power of two below a count.
    private static long Split(long count) => 1L << (63 - BitOperations.LeadingZeroCount((ulong)(count - 1)));

    private byte[] Hash(long begin, long end)
    {
        var count = end - begin;
        if (BitOperations.IsPow2(count))
            return Get(BitOperations.TrailingZeroCount(count), begin / count).ToArray();
        var middle = begin + Split(count);
        var hash = Hash(begin, middle);
        MerkleTree.HashNode(hash, Hash(middle, end), hash);
        return hash;
    }

    private ReadOnlySpan<byte> Get(int level, long at) => _levels[level].AsSpan(checked((int)(at * MerkleTree.HashSize)), MerkleTree.HashSize);

    private void Set(int level, long at, ReadOnlySpan<byte> hash)
    {
        if (level == _levels.Count)
            _levels.Add(new byte[FirstCapacity * MerkleTree.HashSize]);
        var offset = checked((int)(at * MerkleTree.HashSize));
        var hashes = _levels[level];
        if (offset == hashes.Length)
        {
            Array.Resize(ref hashes, checked(2 * hashes.Length));
            _levels[level] = hashes;
        }
        hash.CopyTo(hashes.AsSpan(offset));
    }
}
