using System.Diagnostics;
using System.Reflection;
using Npgsql;
using Trading.Hosting.Settings;
using Trading.LocalServers;

namespace Trading.Hosting;

/// <summary>Commands of the program trading as processes of their own: what they cost and how they end touches nothing else.</summary>
public static class TradingCommand
{
    // What says which prices a program plays, and where; a command on a journal has its own answer.
    private static readonly string[] NotHanded = [nameof(TradingSettings.Data), nameof(TradingSettings.From), nameof(TradingSettings.To),
        nameof(TradingSettings.Feed), nameof(TradingSettings.Journal), nameof(TradingSettings.JournalConnection),
        nameof(TradingSettings.JournalDatabase), nameof(TradingSettings.Dashboard), nameof(TradingSettings.Speed),
        nameof(TradingSettings.HttpCertificateFile), nameof(TradingSettings.HttpCertificateKeyFile)];

    /// <summary>Whether a setting is handed on to a command, and may be given to one.</summary>
    public static bool IsHanded(string setting) => !NotHanded.Contains(setting, StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// What is started, and its first arguments: this program, where it is trading itself, else the one in the same folder; null where
    /// there is none.
    /// </summary>
    public static IReadOnlyList<string>? Here
    {
        get
        {
            var dll = Path.Combine(AppContext.BaseDirectory, "trading.dll");
            return Assembly.GetEntryAssembly()?.GetName().Name == "trading" && Environment.ProcessPath is { } path
                ? Path.GetFileNameWithoutExtension(path) == "dotnet" ? [path, dll] : [path]
                : File.Exists(dll) ? [Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", dll] : null;
        }
    }

    /// <summary>A command on a journal, under settings.</summary>
    /// <param name="program">What <see cref="Here"/> gave.</param>
    /// <param name="connectionString">The journal's database.</param>
    /// <param name="settings">The settings; secrets are not handed on.</param>
    /// <param name="arguments">The command and its switches.</param>
    public static ProcessStartInfo On(
        IReadOnlyList<string> program, string connectionString, TradingSettings settings, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program[0])
        { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.WithoutSecrets(keepsAws: true);
        foreach (var argument in program.Skip(1).Concat(arguments))
            start.ArgumentList.Add(argument);
        // In the environment: the connection has a password, which others of this machine could read among arguments.
        void Set(string name, string value) => start.Environment[$"{SettingsReader.Section}__{name}"] = value;
        foreach (var (name, value) in SettingsReader.Differing(settings).Where(setting => IsHanded(setting.Key)))
            Set(name, value);
        Set(nameof(TradingSettings.Journal), "postgres");
        Set(nameof(TradingSettings.JournalConnection), connectionString);
        Set(nameof(TradingSettings.JournalDatabase), new NpgsqlConnectionStringBuilder(connectionString).Database ?? "");
        return start;
    }
}
