namespace Trading.Core;

/// <summary>
/// A position's marks were set right: no time of the account lies after this event any more, and the highest price is the one given.
/// </summary>
/// <param name="Symbol">The symbol.</param>
/// <param name="HighestPrice">What trailing stops are measured from; null where it stays as it was.</param>
/// <param name="By">Who set it: an operator, or risk-manager when it found a time that lies ahead.</param>
/// <param name="Reason">Why.</param>
/// <param name="At">When (UTC).</param>
public sealed record MarksSet(string Symbol, decimal? HighestPrice, string By, string Reason, DateTimeOffset At) : IAccountEvent;

/// <summary>Set a position's marks right.</summary>
public sealed record SetMarks(string Symbol, decimal? HighestPrice, string By, string Reason, DateTimeOffset At) : IAccountCommand;

/// <summary>
/// Times of an account that lie ahead of the clock: a message with a false date, or a clock that once ran ahead, made them. Until then no
/// price would count as newer, and no exit would fire.
/// </summary>
internal static class Marks
{
    /// <summary>How far ahead a time may lie: clocks differ.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(10);

    /// <summary>Whether a time of the account or of the symbol's position lies further ahead than clocks may differ.</summary>
    public static bool AreAhead(Portfolio account, string symbol, DateTimeOffset now)
    {
        var latest = now + Tolerance;
        var position = account.PositionIn(symbol);
        return position.ChangedAt > latest || position.HighestAt > latest || position.EnteredAt > latest || account.PeakAt > latest
            || account.Pace?.Minute > OrderPace.MinuteOf(latest) || account.Day > DateOnly.FromDateTime(latest.UtcDateTime)
            || (account.LastOrders is { } orders && orders.TryGetValue(symbol, out var last) && (last.At > latest || last.ExitAt > latest));
    }

    /// <summary>The account with marks set right.</summary>
    public static Portfolio Set(MarksSet set, Portfolio account)
    {
        var at = set.At;
        if (account.Positions.TryGetValue(set.Symbol, out var position))
        {
            account = account with
            {
                Positions = account.Positions.SetItem(set.Symbol, position with
                {
                    EnteredAt = Earlier(position.EnteredAt, at),
                    ChangedAt = Earlier(position.ChangedAt, at),
                    HighestAt = Earlier(position.HighestAt, at),
                    HighestPrice = set.HighestPrice ?? position.HighestPrice,
                }),
            };
        }
        if (account.LastOrders is { } orders && orders.TryGetValue(set.Symbol, out var last))
        {
            account = account with
            {
                LastOrders = orders.SetItem(set.Symbol, last with
                { At = Earlier(last.At, at), ExitAt = last.ExitAt is { } exitAt ? Earlier(exitAt, at) : null }),
            };
        }
        var day = DateOnly.FromDateTime(at.UtcDateTime);
        return account with
        {
            PeakAt = Earlier(account.PeakAt, at),
            Day = account.Day > day ? day : account.Day,
            Pace = account.Pace is { } pace && pace.Minute > OrderPace.MinuteOf(at) ? null : account.Pace,
        };
    }

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
}
