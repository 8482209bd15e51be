using Trading.Contracts;
using Trading.TestKit.Pipeline;

namespace Trading.Integration.Tests.Models;

/// <summary>The predictions of a journal.</summary>
internal static class ToldPredictions
{
    internal static List<PredictionMade> Of(JournalRecord journal) =>
        [.. journal.Trades.Select(trade => trade.Assessed.Prediction).OfType<PredictionMade>()];
}
