using Npgsql;

namespace Trading.Journal;

/// <summary>A checkpoint could not be kept outside of the journal, or those that are kept could not be read. One line.</summary>
public sealed class AnchorException(string message) : Exception(message);

/// <summary>Keeps checkpoints where whoever runs the journal does not take them back: they tell when the whole journal was put back or made anew.</summary>
public interface IAnchor
{
    /// <summary>Its name in the settings.</summary>
    string Name { get; }

    /// <summary>Keeps a checkpoint; nothing when it is there already.</summary>
    /// <returns>Where.</returns>
    /// <exception cref="AnchorException">It could not be kept.</exception>
    Task<string> KeepAsync(SignedCheckpoint checkpoint, CancellationToken cancellation);

    /// <summary>All checkpoints that are kept of a journal, by size; those of an earlier journal in a database of the same name too, for a journal that was made anew has another origin.</summary>
    /// <param name="origin">Name of the journal.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="AnchorException">They could not be read.</exception>
    /// <exception cref="SealKeyException">What is kept is no checkpoint.</exception>
    Task<IReadOnlyList<SignedCheckpoint>> KeptAsync(string origin, CancellationToken cancellation);
}

/// <summary>Compares a journal with what is kept of it before it is sealed on: whoever took events away and sealed what was left would get a true signature under it.</summary>
public static class AnchorCheck
{
    /// <summary>Makes sure that the journal holds every checkpoint that an anchor keeps.</summary>
    /// <exception cref="SealException">It does not.</exception>
    /// <exception cref="AnchorException">They could not be read.</exception>
    /// <exception cref="SealKeyException">What is kept is no checkpoint.</exception>
    public static async Task CompareAsync(NpgsqlDataSource database, IAnchor anchor, CancellationToken cancellation)
    {
        string origin;
        await using (var connection = await database.OpenConnectionAsync(cancellation))
            origin = (await SealedTree.LastAsync(database, cancellation))?.Checkpoint.Origin ?? Sealer.Origin(connection.Database, []);
        var kept = await anchor.KeptAsync(origin, cancellation);
        await using var lacking = database.CreateCommand("select note from unnest($1::text[]) as kept (note) where not exists (select from audit.checkpoints c where c.note = kept.note)");
        lacking.Parameters.Add(new() { Value = kept.Select(one => one.Note).ToArray() });
        await using var reader = await lacking.ExecuteReaderAsync(cancellation);
        var missing = new HashSet<string>();
        while (await reader.ReadAsync(cancellation))
            missing.Add(reader.GetString(0));
        if (kept.LastOrDefault(one => missing.Contains(one.Note)) is { Checkpoint: var gone })
        {
            throw new SealException(
                $"the checkpoint of {gone.Size:N0} events of {gone.Origin} from {gone.At:u}, which is kept in {anchor.Name}, is not in this journal: events were taken away, or the journal was begun anew; trading audit verify says more, and a journal that was begun anew on purpose needs another place for its checkpoints");
        }
    }
}

/// <summary>Where anchors put checkpoints: a folder for each journal, and a name for each that tells its size and content.</summary>
public static class AnchorPath
{
    /// <summary>How the name of a checkpoint ends.</summary>
    public const string Ending = ".checkpoint";

    // An origin ends with the beginning of the first leaf's hash.
    private const int HashLength = 8;

    /// <summary>Folder and name of a checkpoint, joined by a slash.</summary>
    public static string Of(SignedCheckpoint checkpoint) =>
        FormattableString.Invariant($"{Folder(checkpoint.Checkpoint.Origin)}/{checkpoint.Checkpoint.Size:D12}-{Convert.ToHexStringLower(checkpoint.Hash().AsSpan(0, 4))}{Ending}");

    /// <summary>What the folders of all journals begin with that this one's database has had.</summary>
    public static string Beginning(string origin) => Folder(origin) is { Length: > HashLength } folder ? folder[..^HashLength] : Folder(origin);

    /// <summary>Whether a folder is one of those.</summary>
    public static bool IsOf(string folder, string beginning) =>
        folder.StartsWith(beginning, StringComparison.Ordinal) && folder.Length <= beginning.Length + HashLength && folder[beginning.Length..].All(char.IsAsciiHexDigitLower);

    private static string Folder(string origin) => string.Concat(origin.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.' ? letter : '_')).TrimStart('.');
}
