using Trading.Contracts;

namespace Trading.Core.Strategies;

/// <summary>A trained model that has a say in how much is held.</summary>
/// <param name="IntervalSeconds">Seconds between its prices.</param>
/// <param name="Prices">Prices that an answer rests on, at most.</param>
/// <param name="TrainedTo">Last price that it was trained on: it says nothing about those up to there.</param>
/// <param name="ExpiresAt">From here on it says nothing any more; null for never.</param>
/// <param name="Answer">Its answer from the prices up to the one that is predicted on, oldest first.</param>
public sealed record ChanceModel(
    int IntervalSeconds, int Prices, DateTimeOffset TrainedTo, DateTimeOffset? ExpiresAt, Func<WindowPrice[], ModelOutput> Answer);

/// <summary>
/// Another strategy's exposure, less where a model expects a fall of more than buying and selling costs: <see cref="ExposureChance"/>. A
/// model that abstains, has expired or was trained on the price changes nothing, so a backtest over the data of its training is that of the
/// strategy alone.
/// </summary>
/// <param name="strategy">The strategy, which asks for shares of equity.</param>
/// <param name="model">The model.</param>
/// <param name="roundTrip">What buying and selling again costs, as a share.</param>
public sealed class ChanceScaled(ITradingStrategy strategy, ChanceModel model, double roundTrip) : ITradingStrategy
{
    private readonly Queue<WindowPrice> _prices = new(model.Prices);

    /// <inheritdoc/>
    public string Name => strategy.Name;

    /// <inheritdoc/>
    public int Bars { get; } = Math.Max(strategy.Bars, model.Prices);

    /// <inheritdoc/>
    public int Days => strategy.Days;

    /// <inheritdoc/>
    public bool Targets => true;

    /// <inheritdoc/>
    public bool SeesPosition => strategy.SeesPosition;

    /// <inheritdoc/>
    public void Remember(long day, decimal close) => strategy.Remember(day, close);

    /// <inheritdoc/>
    public void Forget() => strategy.Forget();

    /// <inheritdoc/>
    public void Skip(in Candle bar)
    {
        Take(bar);
        strategy.Skip(bar);
    }

    /// <inheritdoc/>
    public Signal OnBar(in Candle bar)
    {
        Take(bar);
        return Scaled(strategy.OnBar(bar));
    }

    /// <inheritdoc/>
    public Signal OnBar(in Candle bar, in StrategyPosition held)
    {
        Take(bar);
        return Scaled(strategy.OnBar(bar, held));
    }

    private void Take(in Candle bar)
    {
        if (_prices.Count == model.Prices)
            _prices.Dequeue();
        _prices.Enqueue(new(bar.OpenTimeUnixSeconds + model.IntervalSeconds, PriceWindow.InUnits(bar.Close)));
    }

    private Signal Scaled(in Signal asked)
    {
        if (asked.Target is not { Share: > 0 } target)
            return asked;
        WindowPrice[] prices = [.. _prices];
        var at = DateTimeOffset.FromUnixTimeSeconds(prices[^1].UnixSeconds);
        if (at <= model.TrainedTo || at >= model.ExpiresAt
            || model.Answer(prices) is not
            { Abstained: null, PredictedPrice: { } expected, Direction: { } direction, Confidence: { } confidence })
            return asked;
        var chance = ExposureChance.Of(direction, confidence);
        var factor = ExposureChance.Factor(chance, expected / prices[^1].Price - 1, roundTrip);
        return factor == 1 ? asked : Signal.For(target with
        {
            Share = target.Share * factor,
            TrendShare = target.TrendShare ?? target.Share,
            ChanceUp = chance,
        });
    }
}
