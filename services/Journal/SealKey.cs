using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Trading.Journal;

/// <summary>A key or a signed note cannot be used. The message is one line for the person who gave it.</summary>
public sealed class SealKeyException(string message) : Exception(message);

/// <summary>
/// The public half of an Ed25519 key, by which everybody can check seals. Written as C2SP signed-note wants it: name+hash+key, the last in base64 behind the byte 1.
/// </summary>
/// <param name="Name">Name of the key.</param>
/// <param name="Bytes">The 32 bytes of the key.</param>
public sealed record VerifierKey(string Name, byte[] Bytes)
{
    internal const byte Ed25519Algorithm = 1;

    /// <summary>Four bytes that tell keys apart.</summary>
    public uint Hash => BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData([.. Encoding.UTF8.GetBytes(Name), (byte)'\n', Ed25519Algorithm, .. Bytes]));

    /// <summary>Reads a key: its text, or the name of a file that holds it.</summary>
    /// <exception cref="SealKeyException">It is neither.</exception>
    public static VerifierKey Read(string textOrFile) => TryParse(textOrFile, out var key) ? key
        : File.Exists(textOrFile) && TryParse(File.ReadAllText(textOrFile).Trim(), out key) ? key
        : throw new SealKeyException($"{textOrFile} is neither a public key (name+hash+base64) nor a file with one");

    /// <summary>Reads a key's text.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out VerifierKey? key)
    {
        key = null;
        if (text.Split('+', 3) is not [{ Length: > 0 } name, var hash, var bytes] || SealKey.KeyBytes(bytes) is not { } read || name.Any(char.IsWhiteSpace))
            return false;
        var parsed = new VerifierKey(name, read);
        key = $"{parsed.Hash:x8}" == hash ? parsed : null;
        return key is not null;
    }

    /// <summary>Whether a signature over a text is this key's.</summary>
    public bool Verifies(ReadOnlySpan<byte> text, byte[] signature) =>
        signature.Length == Ed25519.SignatureSize && Ed25519.Verify(signature, 0, Bytes, 0, text.ToArray(), 0, text.Length);

    /// <inheritdoc/>
    public bool Equals(VerifierKey? other) => other is not null && Name == other.Name && Bytes.AsSpan().SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)Hash;

    /// <summary>The key as it is given to an auditor.</summary>
    public override string ToString() => $"{Name}+{Hash:x8}+{Convert.ToBase64String([Ed25519Algorithm, .. Bytes])}";
}

/// <summary>The Ed25519 key that signs checkpoints, in a file of one line as C2SP's and Go's tools write it: PRIVATE+KEY+name+hash+base64.</summary>
public sealed class SealKey
{
    private const string Begin = "PRIVATE+KEY+";
    private const string DefaultName = "trading-sealer";
    private readonly byte[] _seed;

    private SealKey(string name, byte[] seed)
    {
        _seed = seed;
        var bytes = new byte[Ed25519.PublicKeySize];
        Ed25519.GeneratePublicKey(seed, 0, bytes, 0);
        Public = new(name, bytes);
    }

    /// <summary>The public half.</summary>
    public VerifierKey Public { get; }

    /// <summary>Where the public half of the key in a file is written for auditors.</summary>
    public static string PublicFile(string file) => file + ".pub";

    /// <summary>The key of a private journal, when no file is named: in the journal's folder.</summary>
    /// <param name="journalFolder">The journal's folder; null for the usual one.</param>
    public static string DefaultFile(string? journalFolder) => Path.Combine(Path.GetFullPath(journalFolder ?? LocalPostgres.DefaultFolder("postgres")), "seal.key");

    /// <summary>Reads a key's text, which is a secret.</summary>
    /// <exception cref="SealKeyException">It is no key.</exception>
    public static SealKey Parse(string text, string place)
    {
        if (text.StartsWith(Begin, StringComparison.Ordinal) && text[Begin.Length..].Split('+', 3) is [{ Length: > 0 } name, var hash, var bytes] && KeyBytes(bytes) is { } seed)
        {
            var key = new SealKey(name, seed);
            if ($"{key.Public.Hash:x8}" == hash)
                return key;
        }
        throw new SealKeyException($"{place} holds no key that seals (PRIVATE+KEY+name+hash+base64)");
    }

    /// <summary>Reads a key file.</summary>
    /// <exception cref="SealKeyException">There is none, it holds no key, or others can read it.</exception>
    public static SealKey Load(string file)
    {
        if (!File.Exists(file))
            throw new SealKeyException($"the key file {file} does not exist");
        const UnixFileMode Others = (UnixFileMode)0b000_111_111;
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & Others) != 0)
            throw new SealKeyException($"the key file {file} can be read by others than its owner: chmod 600 {file}");
        return Parse(File.ReadAllText(file).Trim(), file);
    }

    /// <summary>Reads a key file, after making a new key when there is none.</summary>
    /// <exception cref="SealKeyException">It holds no key, or others can read it.</exception>
    public static SealKey LoadOrCreate(string file)
    {
        if (!File.Exists(file))
            Create(file);
        return Load(file);
    }

    /// <summary>Makes a key in a new file that only its owner can read, and its public half beside it.</summary>
    /// <exception cref="IOException">There is such a file already.</exception>
    public static SealKey Create(string file)
    {
        var key = new SealKey(DefaultName, RandomNumberGenerator.GetBytes(Ed25519.SecretKeySize));
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        // Written beside its place and moved there whole: of two programs that make it at once, one finds the other's.
        var made = $"{file}.{Environment.ProcessId}.new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var writer = new StreamWriter(made, options))
            writer.WriteLine($"{Begin}{key.Public.Name}+{key.Public.Hash:x8}+{Convert.ToBase64String([VerifierKey.Ed25519Algorithm, .. key._seed])}");
        try
        {
            File.Move(made, file, overwrite: false);
        }
        catch (IOException) when (File.Exists(file))
        {
            File.Delete(made);
            return Load(file);
        }
        File.WriteAllText(PublicFile(file), $"{key.Public}\n");
        return key;
    }

    /// <summary>Signs a text.</summary>
    public byte[] Sign(ReadOnlySpan<byte> text)
    {
        var signature = new byte[Ed25519.SignatureSize];
        Ed25519.Sign(_seed, 0, text.ToArray(), 0, text.Length, signature, 0);
        return signature;
    }

    internal static byte[]? KeyBytes(string base64)
    {
        var bytes = new byte[1 + Ed25519.PublicKeySize];
        return Convert.TryFromBase64String(base64, bytes, out var length) && length == bytes.Length && bytes[0] == VerifierKey.Ed25519Algorithm ? bytes[1..] : null;
    }
}
