using Trading.Core;
using Trading.Hosting;
using Trading.Journal;

namespace Trading.Services;

/// <summary>The account that this process decides for: opened at the first decision of its life, and put under this process's limits at the first of the process's.</summary>
public sealed class TradingAccount(TradeJournal journal, TradingSettings settings, TimeProvider clock) : IHostedService
{
    private const string Settings = "settings";
    private volatile bool _ready;

    /// <summary>Looks whether the account in the journal is one of these prices.</summary>
    /// <exception cref="StartException">It trades on another kind of prices.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (await journal.AccountAsync(settings.Account, cancellationToken) is { State.MarketData: var kind } && kind != MarketData(settings.Feed))
        {
            throw new StartException(
                $"the account {settings.Account} of this database trades on {kind} prices and cannot go on with {MarketData(settings.Feed)} ones: name another database with --database");
        }
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The account as it is now.</summary>
    public async Task<Loaded<Portfolio>> LoadAsync(CancellationToken cancellation)
    {
        if (_ready)
            return await journal.AccountAsync(settings.Account, cancellation) ?? throw new InvalidOperationException($"The account {settings.Account} is gone.");

        var now = clock.GetUtcNow();
        var opened = await journal.DecideAsync(
            settings.Account, new OpenAccount(settings.Account, MarketData(settings.Feed), settings.StartingCashUsd, now), Settings, cancellation);
        // What an operator has set stays in force, whatever is restarted.
        var ready = opened.State.LimitsBy is null or Settings
            ? await journal.DecideAsync(settings.Account, new SetLimits(settings.Limits(), Settings, $"profile {settings.Profile} at the start of the program", now), Settings, cancellation)
            : opened;
        _ready = true;
        return ready;
    }

    /// <summary>The kind of prices as the account records it.</summary>
    public static string MarketData(FeedKind feed) => feed switch
    {
        FeedKind.Recorded => "recorded",
        FeedKind.Simulated => "simulated",
        _ => "live",
    };
}
