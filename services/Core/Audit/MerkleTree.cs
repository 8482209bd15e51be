using System.Numerics;
using System.Security.Cryptography;

namespace Trading.Core;

// The Merkle tree of RFC 6962 (Certificate Transparency), section 2.1, over SHA-256.

/// <summary>Hashes of the tree, and the checks of proofs, which need no tree.</summary>
public static class MerkleTree
{
    /// <summary>Bytes of a hash.</summary>
    public const int HashSize = SHA256.HashSizeInBytes;

    /// <summary>First byte of a leaf's hash input, so that a node cannot be presented as a leaf.</summary>
    public const byte LeafPrefix = 0;

    /// <summary>First byte of a node's hash input.</summary>
    public const byte NodePrefix = 1;

    /// <summary>The most nodes that a proof can have: two paths through a tree of 2^63 leaves.</summary>
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
    public static bool VerifyInclusion(
        ReadOnlySpan<byte> leafHash, long index, long size, IReadOnlyList<byte[]> proof, ReadOnlySpan<byte> root)
    {
        if (index < 0 || index >= size || !AreHashes(proof) || leafHash.Length != HashSize)
            return false;
        var path = new MerklePath(index, size - 1);
        Span<byte> hash = stackalloc byte[HashSize];
        leafHash.CopyTo(hash);
        foreach (var sibling in proof)
        {
            if (path.IsAtRoot)
                return false;
            if (path.SiblingIsLeft)
                HashNode(sibling, hash, hash);
            else
                HashNode(hash, sibling, hash);
            path = path.Up();
        }
        return path.IsAtRoot && hash.SequenceEqual(root);
    }

    /// <summary>
    /// Proves that a tree is the beginning of a larger one (RFC 6962, section 2.1.2), from the hashes of ranges of leaves.
    /// </summary>
    /// <param name="oldSize">Leaves of the smaller.</param>
    /// <param name="newSize">Leaves of the larger, at least as many.</param>
    /// <param name="hash">The hash of the leaves from one number to before another.</param>
    internal static IReadOnlyList<byte[]> Consistency(long oldSize, long newSize, Func<long, long, byte[]> hash)
    {
        var proof = new List<byte[]>();
        if (oldSize == 0 || oldSize == newSize)
            return proof;
        var (begin, end, whole) = (0L, newSize, true);
        while (oldSize != end)
        {
            var middle = begin + Split(end - begin);
            var left = oldSize <= middle;
            proof.Add(left ? hash(middle, end) : hash(begin, middle));
            (begin, end, whole) = left ? (begin, middle, whole) : (middle, end, false);
        }
        if (!whole)
            proof.Add(hash(begin, end));
        proof.Reverse();
        return proof;
    }

    /// <summary>The largest power of two below a count of leaves: so many are left of the middle.</summary>
    internal static long Split(long count) => 1L << (63 - BitOperations.LeadingZeroCount((ulong)(count - 1)));

    /// <summary>Whether a tree is the beginning of a larger one (RFC 9162, section 2.1.4.2).</summary>
    /// <param name="oldSize">Leaves of the smaller tree, 0 or more.</param>
    /// <param name="oldRoot">Its root.</param>
    /// <param name="newSize">Leaves of the larger tree.</param>
    /// <param name="newRoot">Its root.</param>
    /// <param name="proof">The consistency proof.</param>
    public static bool VerifyConsistency(
        long oldSize, ReadOnlySpan<byte> oldRoot, long newSize, ReadOnlySpan<byte> newRoot, IReadOnlyList<byte[]> proof)
    {
        if (oldSize < 0 || oldSize > newSize || !AreHashes(proof))
            return false;
        if (oldSize == newSize)
            return proof.Count == 0 && oldRoot.SequenceEqual(newRoot);
        if (oldSize == 0)
            return proof.Count == 0 && oldRoot.SequenceEqual(EmptyRoot());

        // A smaller tree that is a whole subtree of the larger one is not repeated in the proof.
        List<byte[]> hashes = BitOperations.IsPow2(oldSize) ? [oldRoot.ToArray(), .. proof] : [.. proof];
        if (hashes.Count == 0)
            return false;
        var path = new MerklePath(oldSize - 1, newSize - 1).ToWholeSubtree();
        Span<byte> before = stackalloc byte[HashSize];
        Span<byte> after = stackalloc byte[HashSize];
        if (hashes[0].Length != HashSize)
            return false;
        hashes[0].CopyTo(before);
        hashes[0].CopyTo(after);
        foreach (var sibling in hashes.Skip(1))
        {
            if (path.IsAtRoot)
                return false;
            if (path.SiblingIsLeft)
            {
                HashNode(sibling, before, before);
                HashNode(sibling, after, after);
            }
            else
            {
                HashNode(after, sibling, after);
            }
            path = path.Up();
        }
        return path.IsAtRoot && before.SequenceEqual(oldRoot) && after.SequenceEqual(newRoot);
    }

    private static bool AreHashes(IReadOnlyList<byte[]> proof) =>
        proof.Count <= MaxProofLength && proof.All(hash => hash.Length == HashSize);
}
