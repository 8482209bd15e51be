using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Trading.Contracts;
using Trading.Core;
using Trading.Core.Strategies;
using Trading.Hosting.Settings;
using Trading.Hosting.Stores;
using Trading.Journal.Events;

namespace Trading.Hosting.Audit;

/// <summary>
/// Computes again what built-in strategies asked for, with the classes and the filling of the live services: from the journal's own prices,
/// the price history's daily closes, the account, and the parameters that the starts of programs have. Give it the journal's events in
/// order, each after the replay has taken it.
/// </summary>
/// <param name="replay">Gives the account at a version.</param>
/// <param name="history">The price history; null without one.</param>
/// <param name="settings">They say the parameters where no start of a program does.</param>
internal sealed class StrategyReplay(Replay replay, IPastPrices? history, TradingSettings settings)
{
    // A strategy reads the account a moment before the decision: what it held may be a version or two older.
    private const int MostVersions = 50;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    private readonly JournalPrices _prices = new(history);
    private readonly StrategyStarts _starts = new(settings);
    private readonly Dictionary<Guid, (JournalEvent Read, PredictionMade Prediction)> _proposed = [];
    private readonly Dictionary<(string Symbol, string Choice), Running> _running = [];
    private readonly Dictionary<string, long> _taken = [];
    private readonly Dictionary<(string Account, string Symbol), long> _assessedAt = [];
    private readonly List<ReplayDifference> _doubted = [];
    private long _agreed;

    /// <summary>Answers computed again.</summary>
    public long Computed { get; private set; }

    /// <summary>Answers taken as recorded, by strategy, with the reason where it is a built-in one.</summary>
    public IReadOnlyDictionary<string, long> TakenAsRecorded => _taken;

    /// <summary>Takes the next event.</summary>
    /// <returns>How the answer of the strategy differs from what its inputs give; null when it does not.</returns>
    public async ValueTask<ReplayDifference?> AddAsync(JournalEvent read, CancellationToken cancellation)
    {
        switch (read.Event)
        {
            case AccountOpened opened:
                _prices.Played |= opened.MarketData == "recorded";
                break;
            case ProgramStarted started:
                _starts.Add(started);
                break;
            case PricesCommitted committed:
                _prices.Add(committed);
                break;
            case ExitProposed exit:
                _prices.Add(exit.Price, null);
                break;
            case TradeProposed { Prediction: { Strategy: var strategy } prediction } proposed:
                _prices.Add(prediction.Price, prediction.Window.Between);
                if (strategy is not null)
                    _proposed[proposed.TradeId] = (read, prediction);
                break;
            case TradeAssessed { Assessment: var assessment }
                when Trade.IdOf(read.StreamId) is { } trade && _proposed.Remove(trade, out var due):
                return await CheckAsync(due.Read, due.Prediction, assessment, cancellation);
        }
        return null;
    }

    /// <summary>
    /// Call it after the last event. Where only the settings said the parameters, answers that differ count if nearly all others follow
    /// from them, of all or of those that ask for something: else the settings are not those of the run.
    /// </summary>
    public IReadOnlyList<ReplayDifference> End()
    {
        if (_doubted.Count <= Math.Max(_agreed / 20, Computed / 100))
            return _doubted;
        Computed -= _doubted.Count;
        CollectionsMarshal.GetValueRefOrAddDefault(_taken, Unknown(settings.Strategy), out _) += _doubted.Count;
        return [];
    }

    private async Task<ReplayDifference?> CheckAsync(
        JournalEvent read, PredictionMade prediction, Assessment assessment, CancellationToken cancellation)
    {
        var (recorded, first, certain) = (prediction.Strategy!, default(StrategySignal), false);
        var (symbol, account) = (prediction.Price.Symbol, assessment.Account);
        var oldest = Math.Max(_assessedAt.GetValueOrDefault((account, symbol)), assessment.AccountVersion - MostVersions);
        _assessedAt[(account, symbol)] = assessment.AccountVersion;
        if (!TradingStrategies.IsBuiltIn(recorded.Name))
            return Takes(recorded.Name);
        var choices = _starts.InForce(recorded.Name, prediction.Price.ObservedAt);
        foreach (var choice in choices)
        {
            _prices.OnlyCommitted = false;
            var held = HeldPosition.Since(replay.Account(account, assessment.AccountVersion), symbol);
            if (await GoOnAsync(choice, prediction, held, cancellation) == recorded)
                return Agrees(recorded);
            // From the start again: as a replica that had just begun, with what was held a moment before and what the history had then.
            foreach (var before in choice.Sees ? Held(symbol, account, assessment.AccountVersion, oldest) : [held])
            {
                foreach (var onlyCommitted in new[] { false, true })
                {
                    _prices.OnlyCommitted = onlyCommitted;
                    (var strategy, certain) = await BeginAsync(choice, prediction, before, cancellation);
                    var again = Answer(strategy, prediction.Price, before);
                    if (again == recorded)
                        return Agrees(recorded);
                    first = again;
                }
            }
        }
        if (choices.Count == 0)
            return Takes(Unknown(recorded.Name));
        if (!certain)
            return Takes($"{recorded.Name}, of which not all prices are in the journal");
        Computed++;
        var difference = new ReplayDifference(
            read.Sequence, read.StreamId, read.Version, $"{nameof(TradeProposed)}: strategy", Text(recorded), Text(first!));
        if (!_starts.AreGuessed)
            return difference;
        _doubted.Add(difference);
        return null;
    }

    private static string Unknown(string strategy) => $"{strategy}, of which nothing tells the parameters";

    private static string Text(StrategySignal signal) => JsonSerializer.Serialize(signal, Json);

    private ReplayDifference? Agrees(StrategySignal signal)
    {
        Computed++;
        if (signal.Action != TradeAction.Hold || signal.Target is not null)
            _agreed++;
        return null;
    }

    private ReplayDifference? Takes(string answers)
    {
        CollectionsMarshal.GetValueRefOrAddDefault(_taken, answers, out _)++;
        return null;
    }

    // The newest first; different ones only.
    private List<HeldPosition> Held(string symbol, string account, long newest, long oldest)
    {
        var held = new List<HeldPosition>();
        for (var version = newest; version >= oldest && version > 0; version--)
        {
            if (replay.Account(account, version) is { } state && HeldPosition.Since(state, symbol) is var one && !held.Contains(one))
                held.Add(one);
        }
        return held.Count > 0 ? held : [default];
    }

    // As live: a price that follows the newest one continues the strategy.
    private async Task<StrategySignal> GoOnAsync(
        StrategyChoice choice, PredictionMade prediction, HeldPosition held, CancellationToken cancellation)
    {
        var (price, start) = (prediction.Price, prediction.Price.IntervalStart.ToUnixTimeSeconds());
        var key = (price.Symbol, choice.Key);
        if (_running.TryGetValue(key, out var running) && running.Interval == price.IntervalSeconds && running.Newest < start)
        {
            var next = _prices.Since(price.Symbol, price.IntervalSeconds, running.Newest, start).ToList();
            if (next.Count == (start - running.Newest) / price.IntervalSeconds
                && next.TrueForAll(point => StrategyPast.GoesOn(running.Strategy, price.IntervalSeconds, point.UnixSeconds)))
            {
                foreach (var point in next.SkipLast(1))
                    Answer(running.Strategy, price.IntervalSeconds, point, held);
                _running[key] = running with { Newest = start };
                return Answer(running.Strategy, price, held);
            }
        }
        var (strategy, _) = await BeginAsync(choice, prediction, held, cancellation);
        if (running is null || running.Newest < start)
            _running[key] = new(strategy, price.IntervalSeconds, start);
        return Answer(strategy, price, held);
    }

    private async Task<(ITradingStrategy Strategy, bool Certain)> BeginAsync(
        StrategyChoice choice, PredictionMade prediction, HeldPosition held, CancellationToken cancellation)
    {
        var price = prediction.Price;
        var strategy = choice.New(price.IntervalSeconds);
        _prices.Certain = true;
        var found = await strategy.FillAsync(_prices, price.Symbol, price.IntervalSeconds, price.IntervalStart.ToUnixTimeSeconds(),
            strategy.SeesPosition ? held : default, cancellation);
        return (strategy, _prices.Certain && (_prices.Played || found == strategy.Days));
    }

    private static StrategySignal Answer(ITradingStrategy strategy, PriceObserved price, HeldPosition held) =>
        Answer(strategy, price.IntervalSeconds, new(price.IntervalStart.ToUnixTimeSeconds(), price.Price), held);

    private static StrategySignal Answer(ITradingStrategy strategy, int intervalSeconds, PricePoint point, HeldPosition held)
    {
        var bar = StrategyPast.Bar(intervalSeconds, point.UnixSeconds, point.Price);
        return (strategy.SeesPosition ? strategy.OnBar(bar, held.Position) : strategy.OnBar(bar)).Record(strategy.Name);
    }

    private sealed record Running(ITradingStrategy Strategy, int Interval, long Newest);
}
