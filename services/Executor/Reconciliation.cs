using System.Globalization;
using Trading.Core;
using Trading.Hosting;
using Trading.Journal;
using Trading.Services.Exchanges;

namespace Trading.Services;

/// <summary>
/// Compares orders, fills and balances of the exchange with the journal: at the start, before the account may trade, and again and again. Nothing is put right by itself: a difference is an event
/// of the account, shown and counted, until it ends or an operator accepts it. What belongs to whom is told by client order ids and the exchange's ids of fills, never by time. One Executor at a
/// time compares.
/// </summary>
public sealed class Reconciliation(
    TradeJournal journal, IExchange exchange, Products products, TradingMetrics metrics, TradingSettings settings, TimeProvider clock, ILogger<Reconciliation> log) : BackgroundService
{
    // A fill that the journal lacks may be one whose order is just being asked for; after this long none is.
    private static readonly TimeSpan FillsSettleWithin = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LooksBack = TimeSpan.FromHours(24);
    private static readonly TimeSpan WorrisomeClock = TimeSpan.FromSeconds(1);

    private readonly KnownFills _known = new(journal.Database);
    private DateTimeOffset? _comparedUntil;
    private bool _begun;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var leadership = new Leadership(journal.ConnectionString, $"reconciliation-{settings.Account}");
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        var next = 0L;
        do
        {
            try
            {
                if (!await leadership.HoldAsync(stoppingToken))
                    _begun = false;
                else if (!_begun || TimeProvider.System.GetTimestamp() >= next)
                {
                    var passed = await CompareAsync(stoppingToken);
                    // As long as the account waits for it, it is tried again at once.
                    next = TimeProvider.System.GetTimestamp() + (passed ? settings.ReconcileIntervalSeconds * TimeProvider.System.TimestampFrequency : 0);
                }
            }
            catch (Npgsql.NpgsqlException unreachable)
            {
                log.LogWarning("The account could not be compared with {Exchange}: {Reason}", exchange.Name, unreachable.Message);
            }
            catch (Exception failed) when (failed is InvalidOperationException or InvalidDataException)
            {
                log.LogError("The account could not be compared with {Exchange}: {Reason}", exchange.Name, failed.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>Compares once, and begins at the first time.</summary>
    /// <returns>False when there is no account yet, or it still waits for a comparison to pass.</returns>
    public async Task<bool> CompareAsync(CancellationToken cancellation)
    {
        if (await journal.AccountAsync(settings.Account, cancellation) is null)
            return false;
        if (!_begun)
        {
            await journal.DecideAsync(settings.Account, new BeginReconciliation(exchange.Name, clock.GetUtcNow()), "reconciliation", cancellation);
            _begun = true;
        }
        var account = await journal.AccountAsync(settings.Account, cancellation);
        if (!exchange.Simulated && account!.State.External?.Announced != settings.RealConfiguration() && !await AnnounceAsync(account.State, cancellation))
            return false;
        if (!await NoteRulesAsync(account!.State, cancellation))
            return false;
        if (await FindAsync(account!, cancellation) is not { } found)
            return account!.State.External?.Pending == false;

        var before = (account!.State.External ?? ExternalState.None).Differences;
        var after = await journal.DecideAsync(settings.Account, found, "reconciliation", cancellation);
        Tell(before.Keys.ToHashSet(), after.State.External!);
        return !after.State.External!.Pending;
    }

    // What the exchange takes, for the decisions: before the account may trade, and when it has changed. False while it is not known at all.
    private async Task<bool> NoteRulesAsync(Portfolio account, CancellationToken cancellation)
    {
        foreach (var symbol in settings.Symbols.Union(account.Positions.Keys))
        {
            if (await products.OfAsync(symbol, cancellation) is not { } product)
            {
                if (account.External is not { Pending: false })
                    return false;
                continue;
            }
            var note = new NoteProductRules(exchange.Name, product, clock.GetUtcNow());
            if (Portfolio.Decide(note, account).Count > 0)
                await journal.DecideAsync(settings.Account, note, "reconciliation", cancellation);
        }
        return true;
    }

    private void Tell(HashSet<string> before, ExternalState after)
    {
        metrics.Differs(exchange.Name, after.Differences.Count);
        foreach (var (key, difference) in after.Differences.Where(entry => !before.Contains(entry.Key)))
        {
            log.LogError(
                "{Exchange} and the journal differ: {What}: expected {Expected}, the exchange has {Observed}. The account {Account} {State}",
                exchange.Name, key, difference.Expected, difference.Observed, settings.Account, after.Pending ? "does not trade until an operator accepts it" : "goes on trading");
        }
        foreach (var key in before.Where(key => !after.Differences.ContainsKey(key)))
            log.LogWarning("{Exchange} and the journal agree again: {What}", exchange.Name, key);
    }

    // All that differs now; null when the exchange did not answer, or nothing can be told while orders are under way.
    private async Task<Reconcile?> FindAsync(Loaded<Portfolio> account, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var findings = new List<IExternalFinding>();
        if (!await CompareClocksAsync(cancellation))
            return null;
        foreach (var symbol in settings.Symbols.Union(account.State.Positions.Keys))
        {
            if (!await FindOrdersAsync(account.State, symbol, findings, cancellation) || !await FindFillsAsync(account, symbol, now, findings, cancellation))
                return null;
        }
        var balances = await FindBalancesAsync(findings, cancellation);
        // Begun anew only when all was looked through: what was filled in between is found with the next. A stop may wait for weeks, and its fills are recorded as they come.
        if (account.State.Reservations.Values.All(RestingStops.Rests))
            _comparedUntil = now;
        return new(exchange.Name, findings, now, balances ? Reconcile.Everything : ["order", "fill"]);
    }

    private async Task<bool> CompareClocksAsync(CancellationToken cancellation)
    {
        var sent = clock.GetUtcNow();
        var time = await exchange.ServerTimeAsync(cancellation);
        if (!Answered(time))
            return false;
        var apart = time.Value - (sent + (clock.GetUtcNow() - sent) / 2);
        metrics.ClockOffset(exchange.Name, apart);
        if (apart.Duration() > WorrisomeClock)
            log.LogWarning("The clock of {Exchange} is {Seconds:0.0} s ahead of this machine's", exchange.Name, apart.TotalSeconds);
        return true;
    }

    // Half a unit of the eighth decimal of the value, a whole one of the fee.
    private const decimal RoundedAway = 0.000000015m;

    private async Task<bool> FindOrdersAsync(Portfolio account, string symbol, List<IExternalFinding> findings, CancellationToken cancellation)
    {
        var open = await exchange.OpenOrdersAsync(symbol, cancellation);
        if (!Answered(open))
            return false;
        // One that was reserved for, or ended, while the exchange answered is ours as well.
        var later = (await journal.AccountAsync(settings.Account, cancellation))!.State;
        var ours = account.Reservations.Keys.Union(later.Reservations.Keys).SelectMany(tradeId => new[] { DerivedId.ClientOrderId(tradeId), DerivedId.ReplacementOrderId(tradeId) }).ToHashSet();
        findings.AddRange(open.Value!
            .Where(order => order.ClientOrderId is null || !ours.Contains(order.ClientOrderId))
            .Select(order => new ExternalOrderFound(order.ExchangeOrderId, order.ClientOrderId, symbol, order.Side, order.Quantity, order.LimitPrice, clock.GetUtcNow())));
        return true;
    }

    private async Task<bool> FindFillsAsync(Loaded<Portfolio> account, string symbol, DateTimeOffset now, List<IExternalFinding> findings, CancellationToken cancellation)
    {
        // The journal is read after the exchange: what was recorded in between is known then.
        var since = (_comparedUntil ?? now - LooksBack) - FillsSettleWithin;
        var fills = await exchange.FillsAsync(symbol, since, cancellation);
        if (!Answered(fills))
            return false;
        await _known.ReadAsync(cancellation);
        // No order of ours can have been filled and not recorded when none was reserved for, then or since.
        var underWay = account.State.Reservations.Count > 0 || (await journal.AccountAsync(settings.Account, cancellation))!.Version != account.Version;
        findings.AddRange(fills.Value!
            .Where(fill => !_known.Contains(fill.ExchangeOrderId, fill.ExchangeTradeId) && (!underWay || now - fill.At > FillsSettleWithin))
            .Select(fill => new ExternalFillFound(
                fill.ExchangeOrderId, fill.ExchangeTradeId, null, symbol, fill.Side, fill.Quantity, fill.Price, fill.Fee, fill.FeeAsset, fill.At, now)));
        return true;
    }

    // Only when it is certain what the balances should be: before and after, no order is on its way, and the fills of those that wait are all recorded.
    private async Task<bool> FindBalancesAsync(List<IExternalFinding> findings, CancellationToken cancellation)
    {
        if (await WaitingAsync(cancellation) is not var (account, version, fills))
            return false;
        var balances = await exchange.BalancesAsync(cancellation);
        if (!Answered(balances) || await WaitingAsync(cancellation) is not var (_, versionAfter, fillsAfter) || versionAfter != version || fillsAfter.Count != fills.Count)
            return false;
        var expected = new SortedDictionary<string, decimal>(StringComparer.Ordinal) { [settings.UsdOnExchange()] = account.CashUsd };
        void Add(string asset, decimal units) => expected[asset] = expected.GetValueOrDefault(asset) + units;
        foreach (var symbol in settings.Symbols.Union(account.Positions.Keys))
            Add(ExchangeSymbol.Of(symbol, settings.UsdOnExchange()).Base, account.PositionIn(symbol).Quantity);
        foreach (var (order, fill) in fills)
        {
            var parts = ExchangeSymbol.Of(order.Symbol, settings.UsdOnExchange());
            var sign = order.Side == Contracts.TradeAction.Buy ? 1 : -1;
            Add(parts.Base, sign * fill.Quantity - (fill.FeeBase ?? 0));
            Add(parts.Quote, -sign * fill.Quantity * fill.Price - fill.FeeUsd);
        }
        // Exchanges keep amounts with more decimals than the account: what each settlement rounds away, of value and of fee, adds up. Units are the same to the last.
        var rounding = RoundedAway * (account.TradesSettled + fills.Count);
        var accepted = (account.External ?? ExternalState.None).AcceptedBalances;
        foreach (var (asset, units) in expected)
        {
            var observed = balances.Value!.Where(balance => balance.Asset == asset).Sum(balance => balance.Total);
            var wanted = units + accepted.GetValueOrDefault(asset);
            if (Math.Abs(observed - wanted) > (asset == settings.UsdOnExchange() ? rounding : 0))
                findings.Add(new ExternalBalanceFound(asset, wanted, observed, clock.GetUtcNow()));
        }
        return true;
    }

    // The account with the recorded fills of its open orders; null while one of them may be on its way.
    private async Task<(Portfolio Account, long Version, List<(Contracts.Order Order, OrderFilled Fill)> Fills)?> WaitingAsync(CancellationToken cancellation)
    {
        var (account, version) = (await journal.AccountAsync(settings.Account, cancellation))!;
        var fills = new List<(Contracts.Order, OrderFilled)>();
        foreach (var tradeId in account.Reservations.Keys)
        {
            var trade = (await journal.TradeAsync(tradeId, cancellation))?.State;
            // What is not even recorded as placed was not sent: it is no reason to let an account wait that has just been started.
            if (trade is { Placed: null })
                continue;
            if (trade is not { ExchangeOrderId: not null, Placed: { } placed })
                return null;
            var asked = await exchange.OrderAsync(TradeExecution.Sent(trade), cancellation);
            if (!asked.IsDone || asked.Value.Status != OrderStatus.Open || asked.Value.FilledQuantity != trade.Fills.Sum(fill => fill.Quantity))
                return null;
            fills.AddRange(trade.Fills.Select(fill => (placed.Order, fill)));
        }
        return (account, version, fills);
    }

    // What an operator reads before the first real order.
    private async Task<bool> AnnounceAsync(Portfolio account, CancellationToken cancellation)
    {
        var balances = await exchange.BalancesAsync(cancellation);
        if (!Answered(balances))
            return false;
        var lines = new List<string>
        {
            $"REAL TRADING on {exchange.Name}: {settings.RealConfiguration()}",
            string.Create(CultureInfo.InvariantCulture, $"account {account.Account}: {account.CashUsd} {settings.UsdOnExchange()}{string.Concat(account.Positions.Select(held => $", {held.Value.Quantity} {held.Key}"))}"),
            $"on the exchange: {string.Join(", ", balances.Value!.Where(balance => balance.Total != 0).Select(balance => $"{balance.Total.Plain()} {balance.Asset}"))}",
            $"limits version {account.LimitsVersion}: {account.Limits}",
            $"orders: {SettingsReader.Dashed(settings.OrderPlacement.ToString())} in {string.Join(", ", settings.Symbols)}",
        };
        foreach (var symbol in settings.Symbols)
        {
            if (await products.OfAsync(symbol, cancellation) is not { } product)
                return false;
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"{symbol} is {product.ExchangeSymbol}: tick {product.TickSize.Plain()}, lot {product.LotSize.Plain()}, least value {product.LeastNotional.Plain()} {product.QuoteAsset}{(product.Trading ? "" : ", NOT TRADED NOW")}"));
        }
        foreach (var line in lines)
            log.LogWarning("{Report}", line);
        await journal.DecideAsync(settings.Account, new AnnounceRealTrading(settings.RealConfiguration(), string.Join('\n', lines), clock.GetUtcNow()), "start", cancellation);
        return true;
    }

    private bool Answered<T>(ExchangeAnswer<T> answer)
    {
        if (!answer.IsDone)
            log.LogWarning("The account could not be compared with {Exchange}: {Reason}", exchange.Name, answer.Reason);
        return answer.IsDone;
    }
}
