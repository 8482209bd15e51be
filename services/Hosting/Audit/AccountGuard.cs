using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Trading.Core;
using Trading.Hosting.Background;
using Trading.Hosting.Control;
using Trading.Hosting.Settings;
using Trading.Journal.Checks;
using Trading.Journal.Events;

namespace Trading.Hosting.Audit;

/// <summary>
/// Folds the account from its events, before the first decision and then every few seconds, and compares it with the stored one, which
/// decisions read: money, positions and limits. A difference halts the account; the halt is an event, which is alerted.
/// </summary>
public sealed class AccountGuard(TradeJournal journal, TradingSettings settings, TimeProvider clock, Supervision supervision,
    ILogger<AccountGuard> log) : BackgroundWork("account-check", supervision, log), IHostedLifecycleService
{
    /// <summary>Who halts.</summary>
    public const string By = "account check";

    // Far more than the windows of the models reach back.
    private const int EventsBack = 20_000;

    private readonly FoldedAccount _folded = new(journal.Database, Portfolio.StreamId(settings.Account), journal.Writer.Key);
    private string? _told;
    private long _stated;

    /// <inheritdoc/>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await CheckAsync(cancellationToken);
        await CheckHistoryAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // The first window after a start is made of the history: somebody may have changed it while nothing ran.
    private async Task CheckHistoryAsync(CancellationToken cancellation)
    {
        if (settings.PriceHistory != PriceHistoryKind.Postgres || settings.Feed == FeedKind.Recorded)
            return;
        var history = await HistoryCheck.NewestAsync(journal.Database, EventsBack, cancellation);
        if (history.First is [var first, ..])
            await HaltAsync(string.Create(CultureInfo.InvariantCulture, $"{history.Wrongs} prices of the history were changed: ")
                + HistoryWords.Tell(first), cancellation);
    }

    /// <summary>Compares once.</summary>
    public async Task CheckAsync(CancellationToken cancellation)
    {
        if (await _folded.CompareAsync(cancellation) is not { } difference)
        {
            _told = null;
            await StateAsync(cancellation);
            return;
        }
        if (difference.IsEarlierForm)
        {
            if (await _folded.WriteAsync(cancellation))
                log.LogInformation("The stored account {Account} lacked values that an earlier version did not keep; it was written again "
                    + "from its events", settings.Account);
            return;
        }
        // Said once; the halt stays until an operator has looked.
        if (_told == difference.Detail)
            return;
        await HaltAsync($"the stored account is not what its events make: {difference.Detail}", cancellation);
        // Only now: a halt that could not be written is tried again.
        _told = difference.Detail;
    }

    // The next start goes on from here. A recorded run has none: it is to be the same each time.
    private async Task StateAsync(CancellationToken cancellation)
    {
        if (settings.Feed.IsPlayed() || _folded.State is not { } state || _folded.Version - _stated < StatedAccounts.EventsApart)
            return;
        await StatedAccounts.StateAsync(journal, Portfolio.StreamId(settings.Account), new(state, _folded.Version), clock.GetUtcNow(),
            cancellation);
        _stated = _folded.Version;
    }

    private async Task HaltAsync(string reason, CancellationToken cancellation)
    {
        log.LogError("ACCOUNT {Account} IS HALTED: {Reason}", settings.Account, reason);
        await new JournalControl(journal, settings.Account, clock).ActAsync(
            new(OperatorAction.Halt, By, reason[..Math.Min(reason.Length, OperatorInput.MaxReasonLength)]), cancellation);
    }

    /// <inheritdoc/>
    protected override TimeSpan? Interval => TimeSpan.FromSeconds(settings.AccountCheckSeconds);

    /// <inheritdoc/>
    protected override Task StepAsync(CancellationToken stopping) => CheckAsync(stopping);
}
