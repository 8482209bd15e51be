using System.Runtime.InteropServices;
using Trading.Core;

namespace Trading.Research.Backtests;

/// <summary>
/// Plays the bars of several symbols through one account by one clock. Bars that open at the same time are gone through together: first
/// the orders that arrive in them, then what happens within them, and at their close the decisions, symbol by symbol in the order given.
/// </summary>
/// <param name="rules">What it is run with; its symbol names all of them.</param>
/// <param name="parts">The backtests of the symbols, whose traders share an account and whose bars are equally long.</param>
public sealed class SymbolsBacktest(BacktestRules rules, IReadOnlyList<Backtest> parts)
{
    private readonly BacktestLedger _whole = new(rules);
    private readonly decimal[] _firstOpen = new decimal[parts.Count], _lastClose = new decimal[parts.Count];

    /// <summary>Bars that were taken, those that open at the same time counted once.</summary>
    public long Bars => _whole.Bars;

    /// <summary>Takes the bars that open at one instant, at most one of each symbol, symbols rising; later than those before.</summary>
    public void Add(ReadOnlySpan<(int Symbol, Candle Bar)> bars)
    {
        foreach (ref readonly var one in bars)
        {
            if (_firstOpen[one.Symbol] == 0)
                _firstOpen[one.Symbol] = one.Bar.Open;
            _lastClose[one.Symbol] = one.Bar.Close;
            parts[one.Symbol].Arrive(one.Bar);
        }
        foreach (ref readonly var one in bars)
            parts[one.Symbol].Pass(one.Bar);
        var openedAt = bars[0].Bar.OpenTimeUnixSeconds;
        var (closedAt, held) = (openedAt + rules.IntervalSeconds, Held());
        _whole.MarkWhole(openedAt, closedAt, Equity(), held, parts.Any(part => part.Ledger.Holds));
        foreach (ref readonly var one in bars)
            parts[one.Symbol].Close(one.Bar);
        if (rules.Timing == FillTiming.AtClose)
            _whole.ValueWhole(closedAt, Equity(), held);
    }

    /// <summary>
    /// The result so far. That of a symbol is the account as if only its orders had been: all of the cash, and what they made of it.
    /// </summary>
    /// <param name="partial">Whether the data had not ended.</param>
    public (BacktestResult Whole, IReadOnlyList<BacktestResult> Symbols) Result(bool partial = false)
    {
        var symbols = parts.Select(part => part.Result(partial)).ToList();
        return (_whole.Result(symbols[0].Strategy, partial) with
        {
            CashUsd = rules.CashUsd + symbols.Sum(one => one.CashUsd - rules.CashUsd),
            CostUsd = symbols.Sum(one => one.CostUsd),
            FeesUsd = symbols.Sum(one => one.FeesUsd),
            TurnoverUsd = symbols.Sum(one => one.TurnoverUsd),
            Orders = symbols.Sum(one => one.Orders),
            Outcomes = Counted(symbols.SelectMany(one => one.Outcomes)),
            Reasons = Counted(symbols.SelectMany(one => one.Reasons)),
            Trades = [.. symbols.SelectMany(one => one.Trades).OrderBy(trade => trade.ExitedAtUnixSeconds)],
            Fills = [.. symbols.SelectMany(one => one.Fills).OrderBy(fill => fill.AtUnixSeconds)],
        }, symbols);
    }

    // Each symbol's ledger begins with all of the cash, so what it has more or less is what its orders made.
    private decimal Equity()
    {
        var equity = rules.CashUsd;
        foreach (var part in parts)
            equity += part.Ledger.EquityUsd - rules.CashUsd;
        return equity;
    }

    // A symbol whose bars begin later is cash until then.
    private decimal Held()
    {
        var (held, share) = (0m, rules.CashUsd / parts.Count);
        for (var symbol = 0; symbol < parts.Count; symbol++)
            held += _firstOpen[symbol] == 0 ? share : share * _lastClose[symbol] / _firstOpen[symbol];
        return held;
    }

    private static Dictionary<T, int> Counted<T>(IEnumerable<KeyValuePair<T, int>> counts)
        where T : notnull
    {
        var sums = new Dictionary<T, int>();
        foreach (var (key, count) in counts)
            CollectionsMarshal.GetValueRefOrAddDefault(sums, key, out _) += count;
        return sums;
    }
}
