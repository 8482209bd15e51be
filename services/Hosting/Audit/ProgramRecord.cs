using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Npgsql;
using Trading.Core;
using Trading.Hosting.Background;
using Trading.Hosting.Settings;
using Trading.Journal.Events;

namespace Trading.Hosting.Audit;

/// <summary>Records in the journal that a program starts and stops: the build and the settings that its decisions come from.</summary>
public sealed class ProgramRecord(TradeJournal journal, TradingSettings settings, ILogger<ProgramRecord> log) : StartStep
{
    private readonly string _instance = Guid.CreateVersion7().ToString("N")[^12..];

    /// <inheritdoc/>
    public override async Task StartingAsync(CancellationToken cancellationToken)
    {
        // A damaged account must not keep a program from starting: halting it is what the program starts for.
        var account = await DamagedAccount.StateAsync(journal.Database, Portfolio.StreamId(settings.Account), cancellationToken);
        await AppendAsync(Started(account?.LimitsVersion), cancellationToken);
    }

    /// <inheritdoc/>
    // Before the sealer's last seal.
    public override async Task StoppingAsync(CancellationToken cancellationToken)
    {
        try
        {
            await AppendAsync(new ProgramStopped(journal.Writer.Service, _instance, TimeProvider.System.GetUtcNow()), cancellationToken);
        }
        catch (Exception failed) when (failed is NpgsqlException or OperationCanceledException)
        {
            log.LogWarning("The end of the program could not be recorded: {Reason}", failed.Message);
        }
    }

    private ProgramStarted Started(int? limitsVersion)
    {
        var lines = SettingsReader.Lines(settings).Order(StringComparer.Ordinal).ToList();
        var defaults = SettingsReader.Lines(TradingSettings.ForProfile(TradingSettings.DefaultProfile)!).ToHashSet();
        var strategy = StrategyStarts.Lines(settings).ToHashSet();
        var (version, commit) = Build();
        return new(journal.Writer.Service, _instance, version, commit, Binaries(), settings.Profile, Hash(string.Join('\n', lines)),
            // What a strategy's answers follow from is said even where it is the default, which another version may have otherwise.
            [.. lines.Where(line => !defaults.Contains(line) || strategy.Contains(line))
                .Select(line => line["Trading:".Length..].Replace(" = ", "=", StringComparison.Ordinal))],
            [.. settings.Models.Select(model => ModelFile.Describe(model, settings)), .. Strategy()], limitsVersion,
            settings.SealIntervalSeconds, settings.Anchors, TimeProvider.System.GetUtcNow());
    }

    private Task AppendAsync(IAuditEvent happened, CancellationToken cancellation) => AppendAsync(journal, happened, cancellation);

    // A strategy from a library of its user's own, by the library's hash.
    private IEnumerable<ProgramModel> Strategy() => StrategyFolder.Loaded.Where(library => library.Names.Contains(settings.Strategy))
        .Select(library => new ProgramModel(settings.Strategy, library.Sha256));

    /// <summary>Appends what happened to a program to the stream of all programs.</summary>
    public static Task AppendAsync(TradeJournal journal, IAuditEvent happened, CancellationToken cancellation) =>
        journal.AppendToEndAsync(AuditLeaf.ProgramStream, happened, new(null, "program"), cancellation);

    // The build writes the commit behind the version.
    private static (string Version, string Commit) Build()
    {
        var said = typeof(ProgramRecord).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
        return said.Split('+', 2) is [var version, var commit] ? (version, commit) : (said, "");
    }

    private static string Binaries()
    {
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory, "*.dll")
            .Where(file => Path.GetFileName(file).StartsWith("Trading.", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            all.AppendData(Encoding.UTF8.GetBytes(Path.GetFileName(file) + "\n"));
            all.AppendData(File.ReadAllBytes(file));
        }
        return Convert.ToHexStringLower(all.GetHashAndReset());
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
