using Trading.LocalServers;

namespace Trading.Hosting;

/// <summary>The journal that commands read when none is named, kept in the user's folder.</summary>
public static class JournalChoice
{
    /// <summary>In place of a database's name: the journal that was made last.</summary>
    public const string Latest = "latest";

    private static string File => TradingHome.Place("journal-in-use");

    /// <summary>The chosen database; null when none is.</summary>
    public static string? Chosen => System.IO.File.Exists(File) ? System.IO.File.ReadAllText(File).Trim() : null;

    /// <summary>Chooses a database; null for none.</summary>
    public static void Choose(string? database)
    {
        if (database is null)
        {
            System.IO.File.Delete(File);
            return;
        }
        Directory.CreateDirectory(TradingHome.Folder);
        System.IO.File.WriteAllText(File, database);
    }
}
