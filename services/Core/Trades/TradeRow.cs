using Trading.Contracts;

namespace Trading.Core;

/// <summary>An ended trade as a row of the trade history that the original system kept.</summary>
/// <param name="TradeId">The trade.</param>
/// <param name="UnixSeconds">When its order ended, seconds since 1970.</param>
/// <param name="Action">BUY or SELL.</param>
/// <param name="Amount">What was filled in the quote currency, fees apart; 0 when nothing was.</param>
/// <param name="Price">Mean price of the fills; the price that was decided on when nothing was filled.</param>
/// <param name="PredictedPrice">The ensemble's prediction; null when there was none.</param>
/// <param name="Simulated">Whether no real money moved.</param>
/// <param name="Status">The outcome in lower case: filled, partially_filled, rejected, cancelled, expired.</param>
public sealed record TradeRow(Guid TradeId, long UnixSeconds, string Action, decimal Amount, decimal Price,
    decimal? PredictedPrice, bool Simulated, string Status)
{
    // A prediction has no more meaning than that; digits beyond would differ by the last bit of a double.
    private const int PredictedDecimals = 8;

    /// <summary>The row of a trade: the same from a message as from the journal.</summary>
    public static TradeRow Of(TradeExecuted executed)
    {
        var (decision, execution) = (executed.Decision, executed.Execution);
        return new(
            executed.TradeId, execution.ExecutedAt.ToUnixTimeSeconds(), decision.Assessment.Signal.ToString().ToUpperInvariant(),
            execution.FilledQuantity * execution.AveragePrice,
            execution.FilledQuantity > 0 ? execution.AveragePrice : decision.Cause().Price,
            decision.Prediction?.Ensemble is { } ensemble ? decimal.Round((decimal)ensemble.PredictedPrice, PredictedDecimals) : null,
            execution.Simulated, Snake(execution.Outcome.ToString()));
    }

    private static string Snake(string name) =>
        string.Concat(
            name.Select((letter, at) => char.IsUpper(letter) ? $"{(at > 0 ? "_" : "")}{char.ToLowerInvariant(letter)}" : $"{letter}"));
}
