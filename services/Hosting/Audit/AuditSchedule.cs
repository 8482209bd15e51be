using Microsoft.Extensions.Logging;
using Npgsql;
using Trading.Hosting.Alerts;
using Trading.Hosting.Background;
using Trading.Hosting.Secrets;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Journal.Postgres;

namespace Trading.Hosting.Audit;

/// <summary>Checks the whole journal every few hours, in one replica at a time; anything but clean is logged and alerted.</summary>
public sealed class AuditSchedule(TradeJournal journal, TradingSettings settings, ISecretStore secrets, AlertBook book,
    Supervision supervision, ILogger<AuditSchedule> log) : BackgroundWork("audit-check", supervision, log)
{
    private const int LinesInAlert = 5;

    // The start of a program has enough to do; and a program that starts again and again must not check each time.
    private static readonly TimeSpan First = TimeSpan.FromMinutes(10);

    private readonly long _started = TimeProvider.System.GetTimestamp();
    private long? _last;

    /// <inheritdoc/>
    protected override TimeSpan? Interval => TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    protected override TimeSpan? LongestStep => TimeSpan.FromHours(6);

    /// <inheritdoc/>
    protected override Leadership Leader { get; } = journal.LeadershipOf("audit-check");

    /// <inheritdoc/>
    protected override async Task StepAsync(CancellationToken stopping)
    {
        var due = _last is { } last ? TimeProvider.System.GetElapsedTime(last) >= TimeSpan.FromHours(settings.AuditCheckHours)
            : TimeProvider.System.GetElapsedTime(_started) >= First;
        if (due)
            await CheckAsync(stopping);
    }

    /// <summary>Checks once.</summary>
    public async Task<AuditReport> CheckAsync(CancellationToken cancellation)
    {
        await using var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(journal.ConnectionString)
        { CommandTimeout = 0, ReadBufferSize = Journal.Sealing.Verifier.ReadBufferSize });
        var report = await new JournalAudit(database, journal.ConnectionString, settings, secrets).RunAsync([], cancellation);
        _last = TimeProvider.System.GetTimestamp();
        if (report.Clean)
        {
            log.LogInformation("The journal was checked and is clean: {Parts}",
                string.Join("; ", report.Parts.Select(part => $"{part.Name}: {part.Told}")));
            return report;
        }
        var wrong = report.Parts.Where(part => !part.Clean).ToList();
        var lines = wrong.SelectMany(part => part.First.Select(line => $"{part.Name}: {line}")).Take(LinesInAlert).ToList();
        log.LogError("THE JOURNAL IS WRONG: {Lines}", string.Join("; ", lines));
        await book.RaiseAsync(TradeAlert.Of($"audit/{report.At.ToUnixTimeSeconds()}", AlertKind.Audit, "JOURNAL IS WRONG",
            $"{string.Join('\n', lines)}\ntrading audit check shows everything", report.At, ("account", settings.Account)), cancellation);
        return report;
    }
}
