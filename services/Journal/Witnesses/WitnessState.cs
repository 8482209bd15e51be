using System.Globalization;
using System.Text;
using Trading.Core;

namespace Trading.Journal.Witnesses;

/// <summary>The state of a witness cannot be used. One line.</summary>
public sealed class WitnessStateException(string message) : Exception(message);

/// <summary>
/// What a witness remembers: of each journal the last size and root that it cosigned. Each is on disk before the cosignature is given
/// away: a line is added to the journal's file, which is never shortened, and whose last whole line counts. One process at a time.
/// </summary>
public sealed class WitnessState : IDisposable
{
    private const string Ending = ".seen";
    private readonly string _folder;
    private readonly FileStream _alone;
    private readonly Dictionary<string, (FileStream File, long Size, byte[] Root)> _seen = [];

    /// <summary>Reads it.</summary>
    /// <exception cref="WitnessStateException">It cannot be read, or another process uses it.</exception>
    public WitnessState(string folder)
    {
        _folder = Path.GetFullPath(folder);
        try
        {
            Directory.CreateDirectory(_folder);
            _alone = new FileStream(Path.Combine(_folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw new WitnessStateException($"the witness's folder {_folder} cannot be used, or another witness uses it: {failed.Message}");
        }
        foreach (var file in Directory.EnumerateFiles(_folder, $"*{Ending}"))
            Read(file);
    }

    /// <summary>The journals that were seen, with the last size and root of each.</summary>
    public IEnumerable<(string Origin, long Size, byte[] Root)> Seen => _seen.Select(one => (one.Key, one.Value.Size, one.Value.Root));

    /// <summary>The last size and root of a journal; 0 and the empty tree's root before the first.</summary>
    public (long Size, byte[] Root) Last(string origin) =>
        _seen.TryGetValue(origin, out var seen) ? (seen.Size, seen.Root) : (0, MerkleTree.EmptyRoot());

    /// <summary>Remembers a size and root for good.</summary>
    /// <exception cref="IOException">It could not be written; nothing may be signed then.</exception>
    public void Remember(string origin, long size, byte[] root)
    {
        var file = _seen.TryGetValue(origin, out var seen) ? seen.File : New(origin);
        file.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{size} {Convert.ToBase64String(root)}\n")));
        file.Flush(flushToDisk: true);
        _seen[origin] = (file, size, root);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (file, _, _) in _seen.Values)
            file.Dispose();
        _alone.Dispose();
    }

    private FileStream New(string origin)
    {
        // A number, since an origin may hold what no file's name may.
        var file = new FileStream(Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"{_seen.Count + 1:D4}{Ending}")),
            FileMode.CreateNew, FileAccess.ReadWrite);
        file.Write(Encoding.UTF8.GetBytes($"{origin}\n"));
        return file;
    }

    private void Read(string name)
    {
        var file = new FileStream(name, FileMode.Open, FileAccess.ReadWrite);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        var text = Encoding.UTF8.GetString(bytes);
        // What a crash left half written was not signed.
        var whole = text[..(text.LastIndexOf('\n') + 1)];
        var lines = whole.Split('\n')[..^1];
        file.SetLength(Encoding.UTF8.GetByteCount(whole));
        file.Seek(0, SeekOrigin.End);
        var hash = new byte[MerkleTree.HashSize];
        if (lines.Length < 2)
        {
            file.Dispose();
            File.Delete(name);
        }
        else if (lines[^1].Split(' ') is [var size, var root] && Convert.TryFromBase64String(root, hash, out var length)
            && length == hash.Length && long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var events))
        {
            _seen[lines[0]] = (file, events, hash);
        }
        else
        {
            throw new WitnessStateException($"{name} was changed: its last line is no size and root. A witness that has forgotten what it "
                + "saw must not sign under the same key again");
        }
    }
}
