using Trading.Hosting.Settings;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;

namespace Trading.Hosting.Sealing;

/// <summary>
/// Which journal is to be sealed and verified: as a setting, or in a file beside the key, where the sealer notes it once. It lies outside
/// of the database, so that another journal that is renamed into place is recognised.
/// </summary>
public static class JournalIdentities
{
    /// <summary>The file beside a key: a line for each journal that the key seals, database and identity.</summary>
    public static string? FileOf(TradingSettings settings) => SealKeys.KeyFile(settings) is { } key ? key + ".journals" : null;

    /// <summary>What is known of the journal in a database; null when nothing is.</summary>
    /// <exception cref="SealKeyException">The file beside the key cannot be understood.</exception>
    public static JournalIdentity? Of(TradingSettings settings, string database)
    {
        if (settings.JournalIdentity is { } given)
            return new(given, IsSealed: false);
        if (FileOf(settings) is not { } file || !File.Exists(file))
            return null;
        foreach (var (number, line) in File.ReadAllLines(file).Index())
        {
            if (line.Length == 0)
                continue;
            // The name of a database may hold spaces, an identity none.
            var (name, id) = line.LastIndexOf(' ') is > 0 and var space ? (line[..space], line[(space + 1)..]) : ("", "");
            if (!JournalIdentity.IsValid(id))
                throw new SealKeyException($"{file}, line {number + 1}: a database and the 32 hexadecimal digits of its journal are "
                    + $"expected, was {line}");
            if (name == database)
                return new(id, IsSealed: true);
        }
        return null;
    }

    /// <summary>Notes the identity beside the key; false where that cannot be done.</summary>
    public static bool Note(TradingSettings settings, string database, string id)
    {
        if (FileOf(settings) is not { } file)
            return false;
        try
        {
            File.AppendAllText(file, $"{database} {id}\n");
            return true;
        }
        catch (Exception readOnly) when (readOnly is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
