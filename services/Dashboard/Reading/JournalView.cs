using System.Text.Json;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Journal.Events;

namespace Trading.Dashboard.Reading;

/// <summary>Something new for viewers.</summary>
/// <param name="Kind">decision, trade or act.</param>
/// <param name="Sequence">Its place in the journal.</param>
/// <param name="What">A <see cref="DecisionRow"/>, a <see cref="TradeRow"/> or an <see cref="AccountAct"/>.</param>
public readonly record struct Told(string Kind, long Sequence, object What);

/// <summary>
/// All that the pages show, folded from the journal event by event: a page costs the same whatever the length of the journal. Its memory
/// grows with trades alone, which are all kept, each with its settlement: by which lots a sale is taxed is asked later. Read and changed
/// under one lock.
/// </summary>
/// <param name="account">Name of the account that is shown.</param>
public sealed class JournalView(string account)
{
    private readonly Lock _lock = new();
    private ViewState _state = new(account);

    /// <summary>Place in the journal of the last event taken; 0 before any.</summary>
    public long Sequence => _state.Sequence;

    /// <summary>When the last event was appended (UTC).</summary>
    public DateTimeOffset? At => _state.At;

    /// <summary>Events that this version cannot read.</summary>
    public int Unreadable => _state.Unreadable;

    /// <summary>Totals.</summary>
    public Totals Totals => _state.Totals;

    /// <summary>The account.</summary>
    public AccountBook Account => _state.Account;

    /// <summary>Equity over time.</summary>
    public EquityCurve Equity => _state.Equity;

    /// <summary>The days.</summary>
    public DayBook Days => _state.Days;

    /// <summary>Decisions.</summary>
    public DecisionList Decisions => _state.Decisions;

    /// <summary>Trades, oldest first.</summary>
    public IReadOnlyList<TradeRow> Trades => _state.Trades.Taken;

    /// <summary>Tax lots.</summary>
    public TaxBook Tax => _state.Tax;

    /// <summary>Models.</summary>
    public ModelBook Models => _state.Models;

    /// <summary>First and newest price of each symbol that was decided on.</summary>
    public IReadOnlyDictionary<string, SeenPrices> Prices => _state.Prices;

    /// <summary>First and newest price of the first symbol: their ratio is what buying and holding made. Null without decisions.</summary>
    public SeenPrices? Held => _state.FirstSymbol is { } symbol ? _state.Prices.GetValueOrDefault(symbol) : null;

    /// <summary>The newest prediction; null before any.</summary>
    public PredictionMade? LastPrediction => _state.LastPrediction;

    /// <summary>Writes all that is here.</summary>
    /// <returns>Place in the journal of the last event in it.</returns>
    public long Write(Stream output)
    {
        // The long lists are copied while everything stands still, and written while it goes on.
        var (state, lists, sequence) = Read(_ =>
            (JsonSerializer.SerializeToUtf8Bytes(_state, ViewState.Json), _state.Lists, _state.Sequence));
        output.Write([.. "{\"state\":"u8, .. state, .. ",\"lists\":"u8]);
        JsonSerializer.Serialize(output, lists, ViewState.Json);
        output.Write("}"u8);
        return sequence;
    }

    /// <summary>Takes what another view wrote, in place of what is here.</summary>
    internal void Take(ViewState state)
    {
        lock (_lock)
            _state = state;
    }

    /// <summary>Reads what is here, while nothing changes.</summary>
    public T Read<T>(Func<JournalView, T> read)
    {
        lock (_lock)
            return read(this);
    }

    /// <summary>Takes the next events of the journal.</summary>
    /// <param name="events">In order.</param>
    /// <param name="told">Receives what is new for viewers; null to tell nothing.</param>
    public void Add(IReadOnlyList<JournalEvent> events, List<Told>? told)
    {
        lock (_lock)
        {
            foreach (var happened in events)
            {
                Add(happened, told);
                (_state.Sequence, _state.At) = (happened.Sequence, happened.At);
            }
        }
    }

    private void Add(in JournalEvent stored, List<Told>? told)
    {
        switch (stored.Event)
        {
            case UnreadableEvent:
                _state.Unreadable++;
                break;
            // Whose it is, says its assessment.
            case TradeProposed or ExitProposed:
                _state.Open[Id(stored)] = new(stored.Sequence, stored.Event as TradeProposed, stored.Event as ExitProposed);
                break;
            case TradeAssessed assessed
                when _state.Open.Remove(Id(stored), out var open) && assessed.Assessment.Account == _state.Account.Name:
                Assessed(stored.Sequence, Id(stored), open with { Assessed = assessed }, told);
                break;
            case TradeClosed closed when _state.Open.TryGetValue(Id(stored), out var open):
                Closed(stored, open, closed.Execution, told);
                break;
            case PredictionScored scored:
                Models.Add(stored.Sequence, scored);
                break;
            case IAccountEvent happened when stored.StreamId == Account.Stream:
                Booked(stored.Sequence, happened, told);
                break;
        }
    }

    private void Booked(long sequence, IAccountEvent happened, List<Told>? told)
    {
        var before = Account.State;
        if (Account.Add(sequence, happened) is { } act)
            told?.Add(new("act", sequence, act));
        if (happened is not TradeSettled settled)
            return;
        _state.Tax.Add(settled);
        Settled(sequence, settled, before, told);
    }

    private static Guid Id(in JournalEvent stored) => Guid.TryParse(stored.StreamId.AsSpan("trade-".Length), out var id) ? id : Guid.Empty;

    private void Seen(PriceObserved price)
    {
        _state.FirstSymbol ??= price.Symbol;
        _state.Prices[price.Symbol] = new(_state.Prices.TryGetValue(price.Symbol, out var seen) ? seen.First : price, price);
    }

    private void Assessed(long sequence, Guid tradeId, OpenTrade open, List<Told>? told)
    {
        var (price, assessment) = (open.Price, open.Assessed!.Assessment);
        Totals.Decided(assessment.EquityUsd);
        if (open.Prediction is { } prediction)
        {
            _state.LastPrediction = prediction;
            Models.Add(prediction);
        }
        Seen(price);
        var row = new DecisionRow(
            open.Sequence, tradeId, price.IntervalStart, assessment.AssessedAt, price.Symbol, price.Price,
            open.Prediction?.Ensemble?.PredictedMovePercent, open.Prediction?.Ensemble?.Confidence, assessment.Signal,
            assessment.Verdict switch { Verdict.Hold => "hold", Verdict.Refused => "refused", _ => "open" }, assessment.Refusal,
            open.Exit?.Reason, assessment.Order?.Quantity, null, DecisionText.Outcome(assessment, null));
        Decisions.Add(row);
        // By the place of its end: a viewer that resumes after another decision's must not miss it.
        told?.Add(new("decision", sequence, row));
        if (assessment.Order is not null)
            _state.Open[tradeId] = open;
        var equity = EquityNow() ?? assessment.EquityUsd;
        Days.Mark(assessment.AssessedAt, equity);
        if (Held is { } held)
            Equity.Add(new(assessment.AssessedAt.ToUnixTimeSeconds(), equity,
                decimal.Round((Totals.StartEquityUsd ?? equity) * held.Last.Price / held.First.Price, 2)));
    }

    /// <summary>Cash and positions at the newest prices; null before the account was opened.</summary>
    public decimal? EquityNow() => Account.State is not { } state ? null : decimal.Round(state.CashUsd + state.Positions.Sum(held =>
        held.Value.Quantity * (Prices.TryGetValue(held.Key, out var seen) ? seen.Last.Price : held.Value.LastPrice)), 8);

    // The end of an order and its settlement stand in one transaction, the end mostly first: the second of the two tells the trade.
    private void Settled(long sequence, TradeSettled settled, Portfolio? before, List<Told>? told)
    {
        var after = Account.State!;
        var held = before?.PositionIn(settled.Symbol) ?? Position.None;
        var fees = after.FeesUsd - (before?.FeesUsd ?? 0);
        var sale = settled.Side == TradeAction.Sell;
        var result = after.RealisedUsd - (before?.RealisedUsd ?? 0) - fees;
        var cost = settled.Quantity * held.AverageCost();
        var open = _state.Open.GetValueOrDefault(settled.TradeId);
        var row = new TradeRow(
            sequence, settled.TradeId, settled.At, settled.Symbol, settled.Side, settled.Quantity, settled.Price,
            decimal.Round(settled.Quantity * settled.Price, Money.Decimals), fees, sale ? result : null,
            sale && cost > 0 ? decimal.Round(result / cost * 100, 4) : null,
            open?.Exit is { } exit ? DecisionText.Reason(exit.Reason) : "prediction",
            sale && held.Quantity > 0 ? (long)(settled.At - held.EnteredAt).TotalSeconds : null,
            open?.Execution?.Exchange ?? "", open?.Execution?.Simulated ?? true);
        var number = _state.Trades.Add(row);
        Totals.Traded(Held is { Last: var newest } ? after.EquityUsd(newest.Symbol, newest.Price) : null);
        Days.Add(settled.At, sale ? result : -fees, fees);
        if (EquityNow() is { } equity)
            Days.Mark(settled.At, equity);
        if (open is { Execution: null })
        {
            _state.Open[settled.TradeId] = open with { Trade = number };
            return;
        }
        _state.Open.Remove(settled.TradeId);
        told?.Add(new("trade", sequence, row));
    }

    private void Closed(in JournalEvent stored, OpenTrade open, Execution execution, List<Told>? told)
    {
        var tradeId = Id(stored);
        if (Decisions.Change(tradeId, row => row with
        {
            Outcome = DashedName.Of(execution.Outcome.ToString()),
            Quantity = execution.FilledQuantity > 0 ? execution.FilledQuantity : row.Quantity,
            FilledPrice = execution.FilledQuantity > 0 ? execution.AveragePrice : null,
            Told = DecisionText.Outcome(open.Assessed?.Assessment, execution),
        }) is { } changed)
            told?.Add(new("decision", stored.Sequence, changed));
        if (open.Trade is null && execution.FilledQuantity > 0)
        {
            _state.Open[tradeId] = open with { Execution = execution };
            return;
        }
        _state.Open.Remove(tradeId);
        if (open.Trade is not { } number || _state.Trades.Find(number) is not { } trade)
            return;
        trade = trade with { Exchange = execution.Exchange, Simulated = execution.Simulated };
        _state.Trades.Replace(number, trade);
        told?.Add(new("trade", stored.Sequence, trade));
    }
}
