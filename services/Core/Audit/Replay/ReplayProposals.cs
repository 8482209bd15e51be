using System.Runtime.InteropServices;
using Trading.Contracts;

namespace Trading.Core;

// Proposals: the price, the window, the models and the ensemble of a prediction, and the price of an exit.
public sealed partial class Replay
{
    private ReplayDifference? Begins(ITradeEvent proposed, Guid tradeId)
    {
        if (!_trades.TryAdd(tradeId, new(Trade.Evolve(null, proposed), _at.Sequence)))
            return _at.Differs(proposed, "the trade", $"{tradeId}", "a trade that was not proposed before");
        return _at.HasVersion(proposed, 1) ?? _at.Same(proposed, "stream", _at.Stream, Trade.StreamId(tradeId));
    }

    private ReplayDifference? Check(TradeProposed proposed)
    {
        var (prediction, price) = (proposed.Prediction, proposed.Prediction.Price);
        foreach (var output in prediction.Models)
        {
            if (output.Model != TechnicalModel.Name && output.Abstained is null)
                CollectionsMarshal.GetValueRefOrAddDefault(_answers, output.Model, out _)++;
        }
        return _at.Same(proposed, "trade id", proposed.TradeId, DerivedId.Trade(prediction.PredictionId))
            ?? _at.Same(proposed, "prediction id", prediction.PredictionId, DerivedId.Prediction(price.PriceId))
            ?? CheckPrice(proposed, price)
            ?? CheckWindow(proposed)
            ?? prediction.Models.Where(output => output.Model == TechnicalModel.Name)
                .Select(output => _at.Same(proposed, "technical model", output, TechnicalModel.Output(prediction.Window, price.Price)))
                .FirstOrDefault(difference => difference is not null)
            ?? (_scores.Check(prediction) is { } weight ? _at.Differs(proposed, weight.What, weight.Recorded, weight.Recomputed) : null)
            ?? _at.Same(proposed, "ensemble", prediction.Ensemble, Ensemble.Combine(prediction.Models, price.Price, prediction.Weights));
    }

    private ReplayDifference? CheckPrice(ITradeEvent proposed, PriceObserved price)
    {
        var consensus = Consensus.Of([.. price.Quotes.Select(quote => quote.Quote)], price.Rules, price.ObservedAt);
        if (consensus.Price is null)
            return _at.Differs(proposed, "price", $"{price.Price}", consensus.Failure!);
        var again = consensus.ToPrice(price.Symbol, price.IntervalStart, price.IntervalSeconds, price.ObservedAt,
            price.Simulated, price.Missing);
        return _at.All(proposed, "quotes", price.Quotes, again.Quotes)
            ?? _at.Same(proposed, "price", price with { Rules = again.Rules, Quotes = again.Quotes, Missing = again.Missing }, again);
    }

    private ReplayDifference? CheckWindow(TradeProposed proposed)
    {
        var (price, recorded) = (proposed.Prediction.Price, proposed.Prediction.Window);
        var rules = RulesOf(proposed.Prediction);
        var key = (price.Symbol, rules.IntervalSeconds, rules.HorizonSteps);
        if (!_windows.TryGetValue(key, out var window))
            _windows.Add(key, window = new(rules));
        var second = price.IntervalStart.ToUnixTimeSeconds();
        if (!window.Add(recorded.Between ?? [], second, price.Price))
        {
            // Appended out of order, by another replica.
            var late = window.Late(recorded.Between ?? [], second, price.Price).Summarize();
            var resolved = window.Resolve();
            (Windows, WindowsTakenAsRecorded) = (Windows + resolved, WindowsTakenAsRecorded - resolved);
            if (late.Digest == recorded.Digest)
            {
                Windows++;
                return _at.Same(proposed, "price window", recorded with { Between = null }, late);
            }
            WindowsTakenAsRecorded++;
            return null;
        }
        var again = window.Prices.Summarize();
        if (again.Digest == recorded.Digest || !window.MayMiss)
        {
            window.MayMiss = false;
            Windows++;
            return _at.Same(proposed, "price window", recorded with { Between = null }, again);
        }
        if (_earlier is not null && window.Load(_earlier, second) is { } loaded && loaded.Summarize() is { } looked
            && looked.Digest == recorded.Digest)
        {
            window.Found(loaded, _earlier);
            WindowsFromHistory++;
            return _at.Same(proposed, "price window", recorded with { Between = null }, looked);
        }
        WindowsTakenAsRecorded++;
        window.Await(second, recorded.Digest);
        return null;
    }

    private static WindowRules RulesOf(PredictionMade prediction) =>
        new(prediction.Price.IntervalSeconds, Math.Max(1, prediction.HorizonSeconds / prediction.Price.IntervalSeconds));
}
