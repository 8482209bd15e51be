using System.Security.Cryptography;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Trading.Journal.Keys;

/// <summary>A key or a signed note cannot be used. The message is one line for the person who gave it.</summary>
public sealed class SealKeyException(string message) : Exception(message);

/// <summary>
/// The Ed25519 key that signs checkpoints, in a file of one line as C2SP's and Go's tools write it: PRIVATE+KEY+name+hash+base64.
/// </summary>
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

    /// <summary>Reads a key's text, which is a secret.</summary>
    /// <exception cref="SealKeyException">It is not a key.</exception>
    public static SealKey Parse(string text, string place)
    {
        if (text.StartsWith(Begin, StringComparison.Ordinal)
            && text[Begin.Length..].Split('+', 3) is [{ Length: > 0 } name, var hash, var bytes] && KeyBytes(bytes) is { } seed)
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
        MustBeOwners(file);
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
    public static SealKey Create(string file) => Create(file, DefaultName, key => $"{key.Public}");

    /// <summary>Makes a key with a name, and writes its public half as it is given to others.</summary>
    /// <exception cref="IOException">There is such a file already.</exception>
    internal static SealKey Create(string file, string name, Func<SealKey, string> publicHalf)
    {
        var key = new SealKey(name, RandomNumberGenerator.GetBytes(Ed25519.SecretKeySize));
        if (!WriteOwners(file,
            $"{Begin}{key.Public.Name}+{key.Public.Hash:x8}+{Convert.ToBase64String([VerifierKey.Ed25519Algorithm, .. key._seed])}"))
            return Load(file);
        File.WriteAllText(PublicFile(file), $"{publicHalf(key)}\n");
        return key;
    }

    /// <summary>Signs a text.</summary>
    public byte[] Sign(ReadOnlySpan<byte> text)
    {
        var signature = new byte[Ed25519.SignatureSize];
        Ed25519.Sign(_seed, 0, text.ToArray(), 0, text.Length, signature, 0);
        return signature;
    }

    /// <summary>Makes sure that a secret's file is there, and that only its owner can read it.</summary>
    internal static void MustBeOwners(string file)
    {
        if (!File.Exists(file))
            throw new SealKeyException($"the key file {file} does not exist");
        const UnixFileMode Others = (UnixFileMode)0b000_111_111;
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & Others) != 0)
            throw new SealKeyException($"the key file {file} can be read by others than its owner: chmod 600 {file}");
    }

    /// <summary>Writes a secret to a new file for its owner; false when another program made the file meanwhile.</summary>
    public static bool WriteOwners(string file, string line)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        // Written next to its place and moved there whole: of two programs that create it together, one uses the other's.
        // A name that nobody can know before, and a new file: no link leads the secret elsewhere.
        var made = $"{file}.{Guid.NewGuid():N}.new";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var writer = new StreamWriter(made, options))
            writer.WriteLine(line);
        try
        {
            File.Move(made, file, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(file))
        {
            File.Delete(made);
            return false;
        }
    }

    internal static byte[]? KeyBytes(string base64, byte algorithm = VerifierKey.Ed25519Algorithm)
    {
        var bytes = new byte[1 + Ed25519.PublicKeySize];
        return Convert.TryFromBase64String(base64, bytes, out var length) && length == bytes.Length
            && bytes[0] == algorithm ? bytes[1..] : null;
    }
}
