using System.Diagnostics;

namespace Trading.LocalServers;

/// <summary>What a program that is started for help gets of this program's environment.</summary>
public static class ChildEnvironment
{
    private static readonly string[] Beginnings =
        ["TRADING_SECRET_", "Trading__", "PGPASS", "AWS_SECRET_", "AWS_ACCESS_KEY", "AWS_SESSION_"];

    /// <summary>Takes this program's secrets and settings out of it: it needs none of them.</summary>
    /// <param name="start">How the program is started.</param>
    /// <param name="keepsAws">Whether it asks AWS itself and keeps the credentials for that.</param>
    /// <returns>The same.</returns>
    public static ProcessStartInfo WithoutSecrets(this ProcessStartInfo start, bool keepsAws = false)
    {
        foreach (var name in start.Environment.Keys.Where(name => Beginnings.Any(beginning =>
            name.StartsWith(beginning, StringComparison.OrdinalIgnoreCase)
            && !(keepsAws && beginning.StartsWith("AWS_", StringComparison.Ordinal)))).ToList())
            start.Environment.Remove(name);
        return start;
    }
}
