using Trading.LocalServers;

namespace Trading.Hosting;

/// <summary>Where services keep on this machine what they looked up and could look up again.</summary>
public static class DataFolder
{
    /// <summary>The folder, which may not exist yet; null where this user has none.</summary>
    public static string? OrNone => TradingHome.FolderOrNone;
}
