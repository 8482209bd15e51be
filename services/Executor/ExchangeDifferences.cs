using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Hosting.Telemetry;
using Trading.Journal.Events;
using Trading.Services.Exchanges;

namespace Trading.Services;

/// <summary>What a comparison found.</summary>
/// <param name="Found">The differences.</param>
/// <param name="Foreign">Fills of others that nothing explains, those of earlier comparisons included.</param>
/// <param name="Late">Fills of this system's own orders that had been given up, with their trades.</param>
/// <param name="LateOrders">Such orders that still wait on the exchange.</param>
/// <param name="Balances">The balances; null where they could not be compared.</param>
public sealed record ExchangeComparison(
    Reconcile Found, IReadOnlyList<ExternalFillFound> Foreign, IReadOnlyList<(Trade Trade, ExternalFillFound Fill)> Late,
    IReadOnlyList<Trade> LateOrders, BalanceComparison? Balances);

/// <summary>
/// Finds differences between the exchange and the journal: orders, fills and balances that are not ours. Orders and fills are matched by
/// their ids, whatever the time that has passed.
/// </summary>
public sealed class ExchangeDifferences(TradeJournal journal, IExchange exchange, TradingMetrics metrics, TradingSettings settings,
    TimeProvider clock, ILogger log)
{
    // A fill of others may be listed a little late.
    private static readonly TimeSpan FillsSettleWithin = TimeSpan.FromMinutes(2);
    // The end of an order is dated by the clock of the replica that booked it.
    private static readonly TimeSpan ClocksDiffer = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ShortestFirst = TimeSpan.FromHours(24);
    private static readonly TimeSpan LongestFirst = TimeSpan.FromDays(30);

    // With more symbols than that, fills are asked for where balances differ, and a few others in turn.
    private const int AskedAlways = 8;
    private const int AskedInTurn = 4;

    private readonly KnownFills _known = new(journal.Database);
    private readonly ExpectedBalances _balances = new(journal, exchange, settings);
    private readonly Dictionary<string, DateTimeOffset> _comparedUntil = [];
    private readonly Dictionary<(string Symbol, string Order), Guid?> _owners = [];
    // The comparison before the first that saw an order, by the exchange's clock: no fill of the order is older.
    private readonly Dictionary<Guid, DateTimeOffset> _noFillBefore = [];
    private DateTimeOffset? _first, _before;
    private int _turn;

    /// <summary>Why the last comparison could not be made; null where it could.</summary>
    public string? Unanswered { get; private set; }

    /// <summary>All current differences; null when the exchange did not answer.</summary>
    public async Task<ExchangeComparison?> FindAsync(Loaded<Portfolio> account, CancellationToken cancellation)
    {
        Unanswered = null;
        if (await TimeAsync(cancellation) is not { } now)
            return null;
        // What was there when this began to compare: a program that was away for days looks back as far.
        _first ??= await FirstAsync(now, cancellation);
        NoteOpen(account.State, now);
        var symbols = settings.Symbols.Union(account.State.Positions.Keys)
            .Union(account.State.Reservations.Values.Select(order => order.Symbol)).ToList();
        var asked = clock.GetUtcNow();
        var open = await exchange.OpenOrdersAsync(symbols, cancellation);
        if (!Answered(open))
            return null;
        var (orders, lateOrders) = await OrdersAsync(account.State, open.Value!, asked, cancellation);
        var balances = await _balances.CompareAsync(open.Value!, _ => false, cancellation);
        var (foreign, late) = (new List<ExternalFillFound>(), new List<(Trade, ExternalFillFound)>());
        foreach (var symbol in Asked(symbols, balances, account.State))
        {
            if (!await FillsAsync(account, symbol, now, foreign, late, cancellation))
                return null;
        }
        var (explained, unexplained) = await EarlierAsync(account.State, cancellation);
        foreign.AddRange(unexplained.Where(fill => foreign.TrueForAll(other => other.Key() != fill.Key())));
        List<IExternalFinding> findings = [.. orders, .. foreign, .. Differing(balances)];
        var found = new Reconcile(exchange.Name, findings, clock.GetUtcNow(),
            balances is null ? ["order", "fill"] : Reconcile.Everything, explained);
        return new(found, foreign, late, lateOrders, balances);
    }

    private void NoteOpen(Portfolio account, DateTimeOffset now)
    {
        foreach (var ended in _noFillBefore.Keys.Where(tradeId => !account.Reservations.ContainsKey(tradeId)).ToList())
            _noFillBefore.Remove(ended);
        foreach (var tradeId in account.Reservations.Keys)
            _noFillBefore.TryAdd(tradeId, _before ?? _first!.Value);
        _before = now;
    }

    // The exchange's time.
    private async Task<DateTimeOffset?> TimeAsync(CancellationToken cancellation)
    {
        var sent = clock.GetUtcNow();
        var time = await exchange.ServerTimeAsync(cancellation);
        if (!Answered(time))
            return null;
        var apart = time.Value - (sent + (clock.GetUtcNow() - sent) / 2);
        metrics.ClockOffset(exchange.Name, apart);
        var note = new NoteClock(exchange.Name, decimal.Round((decimal)-apart.TotalSeconds, 1), clock.GetUtcNow());
        if (await journal.AccountAsync(settings.Account, cancellation) is { State: var account } && Portfolio.Decide(note,
            account).Count > 0)
        {
            var after = await journal.DecideAsync(settings.Account, note, "reconciliation", cancellation);
            if (after.State.External?.ClockAheadSeconds is { } ahead)
                log.LogError(
                    "This machine's clock is {Seconds} s {Side} of {Exchange}'s: set it right. Orders are signed by the exchange's "
                    + "time and go on; prices, approvals and time limits go by this machine's",
                    Math.Abs(ahead), ahead > 0 ? "ahead" : "behind", exchange.Name);
        }
        return time.Value;
    }

    private async Task<DateTimeOffset> FirstAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        var away = clock.GetUtcNow() - (await JournalReader.LastAsync(journal.Database, cancellation) ?? clock.GetUtcNow());
        return now - TimeSpan.FromTicks(Math.Clamp(away.Ticks + ShortestFirst.Ticks, ShortestFirst.Ticks, LongestFirst.Ticks));
    }

    // Orders of others, and own ones of trades that have ended.
    private async Task<(List<ExternalOrderFound> Foreign, List<Trade> Late)> OrdersAsync(
        Portfolio account, IReadOnlyList<OrderReport> open, DateTimeOffset asked, CancellationToken cancellation)
    {
        // Orders that were reserved for, or ended, while the exchange answered are also ours.
        var later = (await journal.AccountAsync(settings.Account, cancellation))!.State;
        var ours = account.Reservations.Keys.Union(later.Reservations.Keys)
            .SelectMany(tradeId => new[] { DerivedId.ClientOrderId(tradeId), DerivedId.ReplacementOrderId(tradeId) }).ToHashSet();
        var (foreign, late) = (new List<ExternalOrderFound>(), new List<Trade>());
        foreach (var order in open.Where(order => order.ClientOrderId is null || !ours.Contains(order.ClientOrderId)))
        {
            var own = await OwnAsync(order, cancellation);
            // One that ended after the exchange was asked may well be in its list.
            if (own is { Execution.ExecutedAt: var ended } && ended > asked - ClocksDiffer)
                continue;
            foreign.Add(new(order.ExchangeOrderId, order.ClientOrderId, order.Symbol, order.Side, order.Quantity, order.LimitPrice,
                clock.GetUtcNow()));
            if (own is { Placed: not null, Execution: not null })
                late.Add(own with { ExchangeOrderId = order.ExchangeOrderId });
        }
        return (foreign, late);
    }

    private List<string> Asked(List<string> symbols, BalanceComparison? balances, Portfolio account)
    {
        var turn = symbols.Count <= AskedAlways || balances is null || balances.Surplus(balances.Usd) != 0
            ? symbols : [.. symbols.Skip(_turn).Concat(symbols).Take(AskedInTurn)];
        _turn = (_turn + AskedInTurn) % Math.Max(1, symbols.Count);
        return [.. symbols.Where(symbol => turn.Contains(symbol) || !_comparedUntil.ContainsKey(symbol)
            || balances?.Surplus(ExchangeSymbol.Of(symbol, settings.UsdOnExchange()).Base) is not (null or 0)
            || (account.External ?? ExternalState.None).Differences.Keys.Any(key => DifferenceKey.IsFillOf(key, symbol)))];
    }

    private async Task<bool> FillsAsync(Loaded<Portfolio> account, string symbol, DateTimeOffset now, List<ExternalFillFound> foreign,
        List<(Trade, ExternalFillFound)> late, CancellationToken cancellation)
    {
        // The journal is read after the exchange, so that fills recorded in between are known.
        var since = (_comparedUntil.TryGetValue(symbol, out var until) ? until : _first!.Value) - FillsSettleWithin;
        var fills = await exchange.FillsAsync(symbol, since, cancellation);
        // A market that is gone has no fills, and keeps no other symbol from being compared.
        if (fills is { Kind: AnswerKind.Refused, Refusal: ExchangeRefusal.NotTraded or ExchangeRefusal.NotFound })
            return true;
        if (!Answered(fills))
            return false;
        await _known.ReadAsync(cancellation);
        foreach (var fill in fills.Value!.Where(fill => !_known.Contains(fill.ExchangeOrderId, fill.ExchangeTradeId)))
        {
            var found = new ExternalFillFound(fill.ExchangeOrderId, fill.ExchangeTradeId, null, symbol, fill.Side, fill.Quantity,
                fill.Price, fill.Fee, fill.FeeAsset, fill.At, clock.GetUtcNow());
            var (answered, owner) = await OwnerAsync(symbol, fill.ExchangeOrderId, cancellation);
            if (!answered)
                return false;
            if (owner is not { } tradeId)
                foreign.Add(found);
            // One that has not ended is booked by its trade.
            else if (await journal.TradeAsync(tradeId, cancellation) is { State: { Execution: not null } trade }
                && trade.Fills.TrueForAll(known => known.ExchangeTradeId != fill.ExchangeTradeId))
                late.Add((trade, found));
        }
        // The next comparison starts where no order can have unrecorded fills from before. Stops may wait for weeks; their fills are
        // recorded as they come.
        _comparedUntil[symbol] = account.State.Reservations
            .Where(open => open.Value.Symbol == symbol && !open.Value.RestsOnExchange())
            .Select(open => _noFillBefore[open.Key]).Append(now).Min();
        return true;
    }

    // The trade that an order of the exchange belongs to: it is asked for once, since its client order id is not given with its fills.
    private async Task<(bool Answered, Guid? TradeId)> OwnerAsync(string symbol, string exchangeOrderId, CancellationToken cancellation)
    {
        if (_owners.TryGetValue((symbol, exchangeOrderId), out var known))
            return (true, known);
        var order = await exchange.OrderByIdAsync(symbol, exchangeOrderId, cancellation);
        if (!order.IsDone && order.Refusal != ExchangeRefusal.NotFound)
            return (Answered(order), null);
        var owner = order.IsDone ? (await OwnAsync(order.Value, cancellation))?.TradeId : null;
        if (order.IsDone)
            _owners[(symbol, exchangeOrderId)] = owner;
        return (true, owner);
    }

    private async Task<Trade?> OwnAsync(OrderReport order, CancellationToken cancellation) =>
        order.ClientOrderId is { } id && DerivedId.WithoutOrderKind(id) is var digits && digits != id
            && Guid.TryParseExact(digits, "N", out var tradeId) && await journal.TradeAsync(tradeId, cancellation) is { State: var trade }
            && trade.Assessment?.Account == settings.Account ? trade : null;

    // Fills that were found earlier: those that are booked by now, with where, and the others.
    private async Task<(Dictionary<string, string> Explained, IReadOnlyList<ExternalFillFound> Unexplained)> EarlierAsync(
        Portfolio account, CancellationToken cancellation)
    {
        var keys = (account.External ?? ExternalState.None).Differences.Keys.Where(DifferenceKey.IsFill).ToList();
        var (explained, unexplained) = (new Dictionary<string, string>(), new List<ExternalFillFound>());
        if (keys.Count == 0)
            return (explained, unexplained);
        await _known.ReadAsync(cancellation);
        foreach (var fill in await JournalReader.FoundFillsAsync(journal.Database, settings.Account, keys, cancellation))
        {
            if (_known.Contains(fill.ExchangeOrderId, fill.ExchangeTradeId))
                explained[fill.Key()] = $"booked in {_known.StreamOf(fill.ExchangeTradeId)}";
            else if (!explained.ContainsKey(fill.Key()))
                unexplained.Add(fill);
        }
        return (explained, unexplained);
    }

    private IEnumerable<ExternalBalanceFound> Differing(BalanceComparison? balances) => balances is null ? [] :
        balances.Expected.Where(expected => balances.Surplus(expected.Key) != 0)
            .Select(expected => new ExternalBalanceFound(expected.Key, expected.Value, balances.Held(expected.Key), clock.GetUtcNow()));

    private bool Answered<T>(ExchangeAnswer<T> answer)
    {
        if (!answer.IsDone)
        {
            Unanswered = answer.Reason;
            log.LogWarning("The account could not be compared with {Exchange}: {Reason}", exchange.Name, answer.Reason);
        }
        return answer.IsDone;
    }
}
