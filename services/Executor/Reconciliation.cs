using System.Globalization;
using Trading.Core;
using Trading.Hosting.Background;
using Trading.Hosting.Settings;
using Trading.Hosting.Telemetry;
using Trading.Journal.Events;
using Trading.Journal.Postgres;
using Trading.Services.Exchanges;

namespace Trading.Services;

/// <summary>
/// Compares orders, fills and balances of the exchange with the journal: at the start, before the account may trade, and then regularly.
/// What belongs to an order of the journal is booked to it first; what others did is booked where the settings allow it and it explains a
/// balance whole. Any other difference is an event of the account, shown and counted, until it ends or an operator decides about it. One
/// Executor at a time compares.
/// </summary>
public sealed class Reconciliation(
    TradeJournal journal, IExchange exchange, ProductCache products, TradeExecution execution, FeeValues feeValues,
        ComparisonRequests requests, JournalLife life,
    TradingMetrics metrics,
    TradingSettings settings, TimeProvider clock, Supervision supervision, ILogger<Reconciliation> log)
    : BackgroundWork("reconciliation", supervision, log)
{
    // Products whose terms are asked for in one comparison: a question weighs 60 on Binance, of 6,000 a minute.
    private const int AskedAtStart = 20;
    private const int AskedInTurn = 2;

    private static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(1);

    private readonly ExchangeDifferences _differences = new(journal, exchange, metrics, settings, clock, log);
    private readonly ExchangeAdoption _adoption = new(journal, exchange, feeValues, settings, clock, log);
    private readonly RealTradingReport _report = new(journal, exchange, products, settings, clock, log);
    private readonly AccountTermsCache _terms = new(exchange, clock, log);
    private bool _begun;
    private long? _passed;

    // When a comparison was last made, by the monotonic clock, or the program began to compare.
    private long? _compared;

    /// <inheritdoc/>
    protected override TimeSpan? Interval => TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override Leadership Leader { get; } = journal.LeadershipOf($"reconciliation-{settings.Account}");

    /// <inheritdoc/>
    protected override void Followed() => (_begun, _compared) = (false, null);

    /// <inheritdoc/>
    protected override async Task StepAsync(CancellationToken stopping)
    {
        if (await life.ChangedFromAsync(stopping) is { } before)
        {
            log.LogError("THE DATABASE IS ANOTHER ONE THAN BEFORE ({Before}): commits may be missing. {Account} is compared with "
                + "{Exchange} before it trades", before, settings.Account, exchange.Name);
            _begun = false;
        }
        // While the account waits for the comparison, it is repeated at once.
        if (_begun && !requests.Take() && _passed is { } passed
            && TimeProvider.System.GetElapsedTime(passed) < TimeSpan.FromSeconds(settings.ReconcileIntervalSeconds))
            return;
        // A comparison that fails is made again at once: what was asked for is not lost.
        _passed = null;
        _passed = await CompareAsync(stopping) ? TimeProvider.System.GetTimestamp() : null;
        _compared ??= clock.GetTimestamp();
        CheckSilence(clock.GetElapsedTime(_compared.Value));
    }

    // An exchange that cannot be compared with for long counts as work that fails, which is alerted: a key that was revoked shows in no
    // order while none is made.
    private void CheckSilence(TimeSpan silent)
    {
        if (silent <= LongestSilence + TimeSpan.FromSeconds(settings.ReconcileIntervalSeconds))
            return;
        _passed = null;
        throw new TimeoutException(string.Create(CultureInfo.InvariantCulture,
            $"{settings.Account} could not be compared with {exchange.Name} for {silent.TotalMinutes:0} min: ")
            + (_differences.Unanswered ?? "it does not tell its rules"));
    }

    /// <summary>Compares once; the first comparison begins the reconciliation.</summary>
    /// <returns>Whether the account may trade; false also when there is no account yet.</returns>
    public async Task<bool> CompareAsync(CancellationToken cancellation)
    {
        if (await journal.AccountAsync(settings.Account, cancellation) is null && !await OpenAsync(cancellation))
        {
            // Where it is opened by another program there is nothing to compare yet.
            _compared = settings.OpensFromExchange() ? _compared : null;
            return false;
        }
        if (!_begun)
        {
            await journal.DecideAsync(settings.Account, new BeginReconciliation(exchange.Name, clock.GetUtcNow()),
                "reconciliation", cancellation);
            await BookOwnAsync(cancellation);
            _begun = true;
        }
        var account = await journal.AccountAsync(settings.Account, cancellation);
        if (!exchange.Simulated && account!.State.External?.Announced != settings.RealConfiguration()
            && !await _report.AnnounceAsync(account.State, cancellation))
            return false;
        if (!await NoteRulesAsync(account!.State, cancellation))
            return false;
        if (await _differences.FindAsync(account!, cancellation) is not { } found)
            return account!.State.External?.Pending == false;
        _compared = clock.GetTimestamp();

        var before = (account!.State.External ?? ExternalState.None).Differences;
        if (await _adoption.BookAsync(found, cancellation))
            found = found with { Found = found.Found with { Findings = [], Compared = [] } };
        var after = await RecordAsync(found, cancellation);
        Report(before.Keys.ToHashSet(), after.State.External!);
        return !after.State.External!.Pending;
    }

    // Where balances differ and the account has changed since, an operator may have settled that: they are compared again.
    private async Task<Loaded<Portfolio>> RecordAsync(ExchangeComparison comparison, CancellationToken cancellation)
    {
        var found = comparison.Found;
        if (comparison.Balances is { } balances && found.Findings.Any(finding => finding is ExternalBalanceFound))
        {
            if (await journal.TryDecideAsync(settings.Account, balances.Account, found, "reconciliation", cancellation) is { } after)
                return after;
            requests.Ask();
            found = found.WithoutBalances();
        }
        return await journal.DecideAsync(settings.Account, found, "reconciliation", cancellation);
    }

    // A new account begins with what the exchange holds, up to a bound; the rest is known not to be the account's.
    private async Task<bool> OpenAsync(CancellationToken cancellation)
    {
        if (!settings.OpensFromExchange())
            return false;
        var balances = await exchange.BalancesAsync(cancellation);
        if (!balances.IsDone)
            return false;
        var (usd, now) = (settings.UsdOnExchange(), clock.GetUtcNow());
        var there = balances.Value.Where(balance => balance.Asset == usd).Sum(balance => balance.Total);
        var cash = decimal.Round(Math.Min(there, settings.MaxStartingCashUsd), Money.Decimals, MidpointRounding.ToZero);
        log.LogWarning("The account {Account} opens with {Cash} of the {There} {Usd} on {Exchange}", settings.Account, cash, there, usd,
            exchange.Name);
        await journal.DecideAsync(settings.Account, new OpenAccount(settings.Account, settings.MarketData(), cash, now), "start",
            cancellation);
        if (there == cash)
            return true;
        await journal.DecideAsync(settings.Account,
            new Reconcile(exchange.Name, [new ExternalBalanceFound(usd, cash, there, now)], now, ["balance"]), "start", cancellation);
        await journal.DecideAsync(settings.Account,
            new AcceptDifferences("settings", $"more than MaxStartingCashUsd={settings.MaxStartingCashUsd}", now), "start", cancellation);
        return true;
    }

    // Own orders come first, whatever happened to them while no program was there: their fills are no difference.
    private async Task BookOwnAsync(CancellationToken cancellation)
    {
        foreach (var tradeId in (await journal.AccountAsync(settings.Account, cancellation))!.State.Reservations.Keys)
        {
            if (await journal.TradeAsync(tradeId, cancellation) is not { State.Placed: not null })
                continue;
            try
            {
                await execution.ExecuteAsync(tradeId, OpenOrders.Found, TimeSpan.Zero, cancellation);
            }
            catch (Exception failed) when (failed is InvalidOperationException or InvalidDataException)
            {
                log.LogError("The order of trade {TradeId} could not be brought to its end: {Reason}", tradeId, failed.Message);
            }
        }
    }

    // Records the rules of each product for the decisions, before the account may trade and after a change. False while a rule was never
    // known.
    private async Task<bool> NoteRulesAsync(Portfolio account, CancellationToken cancellation)
    {
        var symbols = settings.Symbols.Union(account.Positions.Keys).ToList();
        await products.RefreshAsync(symbols, cancellation);
        _terms.Begin(account.External is { Pending: false } ? AskedInTurn : AskedAtStart);
        foreach (var symbol in symbols)
        {
            var noted = account.External?.Products?.GetValueOrDefault(symbol);
            var product = await products.OfAsync(symbol, cancellation)
                ?? (products.IsUnlisted(symbol) && noted is not null ? noted with { Trading = false } : null);
            if (product is null)
            {
                // The rules that were noted last serve sales; purchases wait for today's.
                if (account.External is not { Pending: false } && noted is null)
                    return false;
                continue;
            }
            if (!products.IsUnlisted(symbol))
                product = await _terms.AddAsync(product, noted, cancellation);
            var note = new NoteProductRules(exchange.Name, product, clock.GetUtcNow());
            if (Portfolio.Decide(note, account).Count > 0)
                await journal.DecideAsync(settings.Account, note, "reconciliation", cancellation);
        }
        return true;
    }

    private void Report(HashSet<string> before, ExternalState after)
    {
        metrics.Differs(exchange.Name, after.Differences.Count);
        foreach (var (key, difference) in after.Differences.Where(entry => !before.Contains(entry.Key)))
        {
            log.LogError(
                "{Exchange} and the journal differ: {What}: expected {Expected}, the exchange has {Observed}. "
                + "The account {Account} {State}",
                exchange.Name, key, difference.Expected, difference.Observed, settings.Account,
                after.Pending ? "does not trade until an operator accepts it" : "goes on trading");
        }
        foreach (var key in before.Where(key => !after.Differences.ContainsKey(key)))
            log.LogWarning("{Exchange} and the journal agree again: {What}", exchange.Name, key);
    }
}
