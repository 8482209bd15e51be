using System.Numerics;

namespace Trading.Core;

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
            var middle = begin + MerkleTree.Split(end - begin);
            var left = index < middle;
            proof.Add(left ? Hash(middle, end) : Hash(begin, middle));
            (begin, end) = left ? (begin, middle) : (middle, end);
        }
        proof.Reverse();
        return proof;
    }

    /// <summary>
    /// Proves that the tree of the first <paramref name="oldSize"/> leaves is the beginning of that of the first
    /// <paramref name="newSize"/>.
    /// </summary>
    public IReadOnlyList<byte[]> Consistency(long oldSize, long newSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(oldSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(oldSize, Within(newSize));
        return MerkleTree.Consistency(oldSize, newSize, Hash);
    }

    private long Within(long size) =>
        size >= 0 && size <= Size ? size : throw new ArgumentOutOfRangeException(nameof(size), size, $"The tree has {Size} leaves.");

    private byte[] Hash(long begin, long end)
    {
        var count = end - begin;
        if (BitOperations.IsPow2(count))
            return Get(BitOperations.TrailingZeroCount(count), begin / count).ToArray();
        var middle = begin + MerkleTree.Split(count);
        var hash = Hash(begin, middle);
        MerkleTree.HashNode(hash, Hash(middle, end), hash);
        return hash;
    }

    private ReadOnlySpan<byte> Get(int level, long at) =>
        _levels[level].AsSpan(checked((int)(at * MerkleTree.HashSize)), MerkleTree.HashSize);

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
