namespace Trading.Core.Strategies;

/// <summary>
/// A rule that says when to buy and when to sell, or what share of equity to hold. It sees one closed bar after the other and, if it asks
/// for it, what is held; neither later bars nor the account, for what an order may cost is the risk manager's. The same class runs in a
/// backtest and in the live services.
/// </summary>
/// <remarks>
/// What it keeps must follow from the last <see cref="Bars"/> bars and the <see cref="Days"/> daily closes before them alone: a service
/// that starts, or that missed a price, is given that many from the history and continues as if it had always run. Live bars are prices:
/// their open, high, low and close are the same, and their volume is 0.
/// </remarks>
public interface ITradingStrategy
{
    /// <summary>Name in settings and records.</summary>
    string Name { get; }

    /// <summary>How many of the last bars a signal follows from; at least 1.</summary>
    int Bars { get; }

    /// <summary>How many daily closes from before those bars a signal also follows from; 0 for none.</summary>
    int Days => 0;

    /// <summary>Whether it asks for a share of equity to hold and not for buying or selling.</summary>
    bool Targets => false;

    /// <summary>Whether signals depend on what is held, too; then <see cref="OnBar(in Candle, in StrategyPosition)"/> is called.</summary>
    bool SeesPosition => false;

    /// <summary>
    /// Whether a purchase may add to what is held. Only a backtest of the rule alone (--size) makes no purchase on top of a position
    /// without it; elsewhere the account's limits bound what is held.
    /// </summary>
    bool AddsToPosition => false;

    /// <summary>Takes the next closed bar and returns what to do now.</summary>
    Signal OnBar(in Candle bar);

    /// <summary>Takes the next closed bar where nothing is decided.</summary>
    void Skip(in Candle bar) => OnBar(bar);

    /// <summary>Forgets signals that wait for the next decision: an order came after them.</summary>
    void Forget()
    {
    }

    /// <summary>Takes a daily close from before its first bar, oldest first.</summary>
    /// <param name="day">The UTC day that it ends, counted from 1970.</param>
    /// <param name="close">Its last price; above 0.</param>
    void Remember(long day, decimal close)
    {
    }

    /// <summary>The same, knowing what is held at the bar's close.</summary>
    Signal OnBar(in Candle bar, in StrategyPosition held) => OnBar(bar);
}
