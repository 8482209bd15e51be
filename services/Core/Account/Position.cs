using System.Text.Json.Serialization;
using Trading.Contracts;

namespace Trading.Core;

/// <summary>What is held of one symbol.</summary>
/// <param name="Quantity">Units of the base currency, not negative.</param>
/// <param name="CostUsd">What they cost without fees; their average cost times their quantity.</param>
/// <param name="LastPrice">Price of the last settlement or mark, to value the position when no newer price is known.</param>
/// <param name="EnteredAt">When the position was opened (UTC), ignoring a rest too small to be sold.</param>
/// <param name="ChangedAt">When it was last bought or sold (UTC).</param>
/// <param name="HighestPrice">Highest price paid or marked since it was begun.</param>
/// <param name="HighestAt">When that price was marked (UTC); prices from before it are not measured against it.</param>
/// <param name="StopDeclined">
/// Whether an operator removed its stop from the exchange: no stop is set until it is bought or sold again.
/// </param>
/// <param name="StopRefused">How often its stop was refused lately; null for never since it was last bought or sold.</param>
/// <param name="ExitRefused">The same of sales that were to leave it.</param>
public sealed record Position(
    decimal Quantity, decimal CostUsd, decimal LastPrice, DateTimeOffset EnteredAt = default, DateTimeOffset ChangedAt = default,
    decimal HighestPrice = 0, DateTimeOffset HighestAt = default,
    bool StopDeclined = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Refusals? StopRefused = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Refusals? ExitRefused = null)
{
    /// <summary>Nothing held.</summary>
    public static readonly Position None = new(0, 0, 0);

    /// <summary>Mean price paid for a unit, without fees; 0 when nothing is held.</summary>
    public decimal AverageCost() => Quantity == 0 ? 0 : CostUsd / Quantity;

    /// <summary>
    /// What so many of its units cost, at its average cost; all of them, or more, all that is left, so that no fraction of a cent stays
    /// behind.
    /// </summary>
    public decimal CostOf(decimal units) =>
        units >= Quantity ? CostUsd : checked(decimal.Round(CostUsd * units / Quantity, Money.Decimals));

    /// <summary>The position after its stop or its exit was refused.</summary>
    internal Position Refused(bool stop, ReservationReleased released) => stop
        ? this with { StopRefused = Refusals.After(StopRefused, released) } : this with
        {
            ExitRefused = Refusals.After(ExitRefused,
            released)
        };

    /// <summary>Profit (positive) or loss if sold at a price, without fees.</summary>
    public decimal UnrealisedUsd(decimal price) => checked(Quantity * price - CostUsd);
}

/// <summary>Refusals of a stop or an exit, one after the other: the next try waits ever longer.</summary>
/// <param name="Count">How many.</param>
/// <param name="At">When the last came (UTC).</param>
/// <param name="Kind">Its kind, by its name.</param>
/// <param name="Reason">In the exchange's words.</param>
public sealed record Refusals(int Count, DateTimeOffset At, string Kind, string? Reason)
{
    private const int FirstPauseSeconds = 2;
    private const int LongestPauseSeconds = 300;
    private static readonly TimeSpan ForgottenAfter = TimeSpan.FromHours(1);

    /// <summary>When it may be tried again: after two seconds, then after twice as long each time, five minutes at most.</summary>
    public DateTimeOffset Next() =>
        At.AddSeconds(Math.Min(LongestPauseSeconds, FirstPauseSeconds * Math.Pow(2, Math.Min(Count, 16) - 1)));

    /// <summary>With one more.</summary>
    public static Refusals After(Refusals? refusals, ReservationReleased released) =>
        new(refusals is not null && released.At - refusals.At < ForgottenAfter ? refusals.Count + 1 : 1, released.At, released.Refusal!,
            released.Reason);
}

/// <summary>
/// How many orders there were recently, counted from their approval. A late order counts into the running minute and day.
/// </summary>
/// <param name="Minute">The newest UTC minute with an order, in minutes since 1970.</param>
/// <param name="InMinute">Orders in it.</param>
/// <param name="Day">The newest UTC day with an order, in days since 1970.</param>
/// <param name="OnDay">Orders on it.</param>
public sealed record OrderPace(long Minute, int InMinute, long Day, int OnDay)
{
    /// <summary>The minute of an instant.</summary>
    public static long MinuteOf(DateTimeOffset at) => Math.DivRem(at.ToUnixTimeSeconds(), 60).Quotient;

    /// <summary>The day of an instant.</summary>
    public static long DayOf(DateTimeOffset at) => Math.DivRem(at.ToUnixTimeSeconds(), 86_400).Quotient;

    /// <summary>The counts after an order.</summary>
    public static OrderPace After(OrderPace? pace, DateTimeOffset at)
    {
        var (minute, day) = (Math.Max(MinuteOf(at), pace?.Minute ?? 0), Math.Max(DayOf(at), pace?.Day ?? 0));
        return new(minute, (pace?.Minute == minute ? pace.InMinute : 0) + 1, day, (pace?.Day == day ? pace.OnDay : 0) + 1);
    }
}

/// <summary>The newest order of a symbol.</summary>
/// <param name="Side">Buy or sell.</param>
/// <param name="Quantity">Units of the base currency.</param>
/// <param name="At">When it was approved (UTC).</param>
/// <param name="ExitAt">When the symbol's last exit was approved (UTC); null when there was none.</param>
public sealed record LastOrder(TradeAction Side, decimal Quantity, DateTimeOffset At, DateTimeOffset? ExitAt);
