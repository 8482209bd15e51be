using Trading.Core;
using Trading.Hosting.Control;
using Trading.Hosting.Settings;
using Trading.Journal.Events;

namespace Trading.Services;

/// <summary>
/// The account that this process decides for. It is opened before its first decision, and gets this process's limits before the process's
/// first decision.
/// </summary>
public sealed class TradingAccount(TradeJournal journal, TradingSettings settings, TimeProvider clock, ILogger<TradingAccount> log)
    : IHostedService
{
    private const string Settings = "settings";
    private const string Program = "program";
    private volatile bool _ready;

    /// <summary>
    /// Checks that the account in the journal trades on the same kind of prices, and opens it, so that an operator can halt it before its
    /// first decision. A recorded run opens it at the time of its first price.
    /// </summary>
    /// <exception cref="StartException">It trades on another kind of prices.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (await journal.AccountAsync(settings.Account, cancellationToken) is { State.MarketData: var kind }
            && kind != settings.MarketData())
        {
            throw new StartException(
                $"the account {settings.Account} of this database trades on {kind} prices and cannot go on with "
                + $"{settings.MarketData()} ones: name another database with --database");
        }
        // One that opens with what the exchange holds is opened by the Executor, which has the key to ask.
        if (!settings.Feed.IsPlayed()
            && (!settings.OpensFromExchange() || await journal.AccountAsync(settings.Account, cancellationToken) is not null))
            await LoadAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// The account as this process read it last; null where it is not ready yet, or this process has added to it since. It may have
    /// changed.
    /// </summary>
    public KnownAccount? LastRead => _ready ? journal.LastRead(settings.Account) : null;

    /// <summary>The current account.</summary>
    public async Task<Loaded<Portfolio>> LoadAsync(CancellationToken cancellation)
    {
        if (_ready)
            return await journal.AccountAsync(settings.Account, cancellation)
                ?? throw new InvalidOperationException($"The account {settings.Account} is gone.");

        var now = clock.GetUtcNow();
        if (settings.OpensFromExchange() && await journal.AccountAsync(settings.Account, cancellation) is null)
            throw new InvalidOperationException($"The account {settings.Account} is not open yet: the Executor opens it with what "
                + $"{settings.Exchange} holds.");
        // An operator who sets limits meanwhile wins: the account is then read again.
        Loaded<Portfolio>? ready;
        do
        {
            var opened = await journal.DecideAsync(
                settings.Account,
                new OpenAccount(settings.Account, settings.MarketData(), settings.StartingCashUsd, now), Settings, cancellation);
            ready = opened.State.LimitsBy is null or Settings
                ? await journal.TryDecideAsync(settings.Account, opened,
                    new SetLimits(settings.Limits(), Settings, $"profile {settings.Profile} at the start of the program", now),
                    Settings, cancellation)
                : await KeepAsync(opened, now, cancellation);
        }
        while (ready is null);
        _ready = true;
        return ready;
    }

    // Limits that an operator has set stay in force after a restart. Whether orders may cost real money always comes from the settings.
    // Null when the account has changed since it was read.
    private async Task<Loaded<Portfolio>?> KeepAsync(Loaded<Portfolio> opened, DateTimeOffset now, CancellationToken cancellation)
    {
        var (limits, by) = (opened.State.Limits!, opened.State.LimitsBy);
        if ((limits.Orders?.RealTrading ?? false) != settings.EnableRealTrading)
        {
            limits = limits with { Orders = (limits.Orders ?? new()) with { RealTrading = settings.EnableRealTrading } };
            var reason = $"EnableRealTrading={(settings.EnableRealTrading ? "true" : "false")} at the start of the program; "
                + $"the other limits stay as {by} set them";
            if (await journal.TryDecideAsync(settings.Account, opened, new SetLimits(limits, Program, reason, now), Program, cancellation)
                is not { } set)
                return null;
            opened = set;
        }
        if (LimitFields.Changes(limits, settings.Limits()) is { Count: > 0 } differences)
        {
            log.LogWarning(
                "The limits of account {Account} stay as {By} set them (version {Version}); the settings would have: {Differences}. "
                + "trading control limits set puts others in force",
                settings.Account, by, opened.State.LimitsVersion,
                string.Join("; ", differences.Select(change => $"{change.Name} {change.Now} and not {change.Was}")));
        }
        return opened;
    }
}
