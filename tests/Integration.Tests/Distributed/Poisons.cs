using System.Text.Json.Nodes;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Messaging;
using Trading.TestKit.Distributed;
using Trading.TestKit.Pipeline;

namespace Trading.Integration.Tests.Distributed;

/// <summary>Messages that no service can work with, and the reasons.</summary>
internal static class Poisons
{
    internal static IEnumerable<(string Body, string Reason)> Unreadable =>
        [("""{"message": {"price":""", "JSON"), ("no json at all", "JSON")];

    internal static IEnumerable<(string Body, string Reason)> Of(TradingEndpoint queue, TradeRecord trade)
    {
        var (assessed, executed) = (trade.Assessed, new TradeExecuted(trade.Assessed.TradeId, trade.Assessed, trade.Execution!));
        var prediction = assessed.Prediction!;
        return queue switch
        {
            _ when queue == TradingEndpoint.Predictor =>
            [
                With(prediction.Price, "price", -1, "Price must be 0.00000001 to 10000000, was -1"),
                With(prediction.Price, "price", 1e20, "Price must be 0.00000001 to 10000000, was 100000000000000000000"),
                With(prediction.Price, "price", "NaN", "found: String"),
                With(prediction.Price, "intervalStart", "0001-01-01T00:00:00Z", "IntervalStart must be from 2000 to 2099"),
                With(prediction.Price, "observedAt", "9999-12-31T23:59:59Z", "ObservedAt must be from 2000 to 2099"),
                With(prediction.Price, "symbol", "", "Symbol must be base and quote joined by a dash"),
                With(prediction.Price, "quotes", null, "Quotes must be given, was missing"),
                (DistributedSystem.Envelope(prediction.Price, body => body.AsObject().Clear()), "Symbol must be"),
            ],
            _ when queue == TradingEndpoint.RiskManager =>
            [
                With(prediction, "ensemble.confidence", 7, "Confidence must be 0 to 1, was 7"),
                With(prediction, "ensemble.predictedMovePercent", "NaN", "as a number"),
                With(prediction, "price.price", -1, "Price must be"),
                With(prediction, "price.observedAt", "9999-12-31T23:59:59Z", "ObservedAt must be from 2000 to 2099"),
                With(prediction, "predictionId", $"{Guid.Empty}", "PredictionId must be the id that its price gives"),
                With(prediction, "window.digest", "a\0b", "a text of it holds the character 0"),
                With(prediction, "models", null, "Models must be given, was missing"),
                With(prediction, "price", null, "Price must be given, was missing"),
            ],
            _ when queue == TradingEndpoint.Executor =>
            [
                With(assessed, "assessment.order.quantity", -1, "Order.Quantity must be"),
                With(assessed, "assessment.order.side", 99, "Order.Side must be buy or sell"),
                With(assessed, "prediction.ensemble.confidence", 7, "Confidence must be 0 to 1, was 7"),
                With(assessed, "tradeId", $"{Guid.Empty}", "TradeId must be the id that its prediction gives"),
                With(assessed, "assessment", null, "Assessment must be given, was missing"),
                (DistributedSystem.Envelope(Elsewhere(assessed)), "is not in the journal"),
            ],
            _ when queue == TradingEndpoint.Alerts =>
            [
                With(executed, "execution.filledQuantity", -1, "FilledQuantity must be"),
                With(executed, "decision", null, "Decision must be given, was missing"),
            ],
            _ =>
            [
                With(assessed, "prediction.price.observedAt", "9999-12-31T23:59:59Z", "ObservedAt must be from 2000 to 2099"),
                With(executed, "execution.filledQuantity", -1, "FilledQuantity must be"),
                With(executed, "execution.executedAt", "0001-01-01T00:00:00Z", "ExecutedAt must be from 2000 to 2099"),
                With(executed, "decision", null, "Decision must be given, was missing"),
            ],
        };
    }

    private static (string Body, string Reason) With(object message, string path, JsonNode? value, string reason) =>
        (DistributedSystem.Envelope(message, body =>
        {
            var names = path.Split('.');
            names[..^1].Aggregate(body, (part, name) => part[name]!)[names[^1]] = value;
        }), reason);

    // An approval that makes sense in itself, of a trade that nobody has recorded.
    private static RiskAssessed Elsewhere(RiskAssessed assessed)
    {
        var prediction = InProcessSystem.Rise(InProcessSystem.Price(60_000, InProcessSystem.Start.AddYears(-1)));
        return assessed with { TradeId = DerivedId.Trade(prediction.PredictionId), Prediction = prediction };
    }
}
