using Trading.Core;
using Trading.Hosting.Control;
using Trading.Hosting.Settings;

namespace Trading.Dashboard.Reading;

/// <summary>A position with the prices at which it is left.</summary>
/// <param name="Symbol">The symbol.</param>
/// <param name="Quantity">Units held.</param>
/// <param name="EntryPrice">Mean price paid for a unit, without fees.</param>
/// <param name="Price">The newest price.</param>
/// <param name="WorthUsd">What it is worth at that price.</param>
/// <param name="UnrealisedUsd">Gain (positive) or loss if sold at that price, without fees.</param>
/// <param name="UnrealisedPercent">The same in percent of the cost.</param>
/// <param name="Share">Its share of equity, 0 to 1.</param>
/// <param name="StopPrice">The nearest stop, trailing or not; null where there is none.</param>
/// <param name="StopDistancePercent">How far the price is above it, in percent of the price.</param>
/// <param name="TargetPrice">The price at which it is sold for its gain; null where there is none.</param>
/// <param name="EnteredAt">When it was begun (UTC).</param>
/// <param name="EndsAt">When it was held as long as it may be (UTC); null without such a limit.</param>
public sealed record PositionReport(
    string Symbol, decimal Quantity, decimal EntryPrice, decimal Price, decimal WorthUsd, decimal UnrealisedUsd, decimal UnrealisedPercent,
    decimal Share, decimal? StopPrice, decimal? StopDistancePercent, decimal? TargetPrice, DateTimeOffset EnteredAt,
        DateTimeOffset? EndsAt);

/// <summary>The newest price of a symbol.</summary>
/// <param name="Symbol">The symbol.</param>
/// <param name="At">The instant from which it holds (UTC).</param>
/// <param name="Price">The price.</param>
/// <param name="Change24hPercent">Its change over 24 hours in percent; null where no source says.</param>
public sealed record PriceReport(string Symbol, DateTimeOffset At, decimal Price, decimal? Change24hPercent);

/// <summary>How everything stands now.</summary>
/// <param name="Sequence">The last event of the journal that is in it.</param>
/// <param name="At">When that was appended, by the journal's clock; null in an empty journal.</param>
/// <param name="Mode">simulated, recorded, paper, test or real: whose money it is.</param>
/// <param name="Account">The account's status; null before it was opened.</param>
/// <param name="EquityUsd">Cash plus positions at the newest prices.</param>
/// <param name="StartEquityUsd">Equity at the first decision.</param>
/// <param name="ProfitUsd">Gain since then.</param>
/// <param name="ProfitPercent">The same in percent.</param>
/// <param name="DayProfitUsd">Gain since the day's beginning (UTC).</param>
/// <param name="DayProfitPercent">The same in percent.</param>
/// <param name="BuyAndHoldPercent">What buying the first symbol at its first price and holding it would have gained, in percent.</param>
/// <param name="MaxDrawdownPercent">Deepest fall of equity below an earlier peak, in percent.</param>
/// <param name="RealisedUsd">Profit of all sales against average cost, without fees.</param>
/// <param name="UnrealisedUsd">Gain of the open positions, without fees.</param>
/// <param name="FeesUsd">All fees.</param>
/// <param name="Decisions">Decisions so far, holds included.</param>
/// <param name="Trades">Orders with a fill so far.</param>
/// <param name="Positions">What is held.</param>
/// <param name="Prices">The newest prices that were decided on.</param>
/// <param name="LastDecision">The newest decision; null before any.</param>
/// <param name="Health">The parts of the system.</param>
/// <param name="Trouble">Why the journal cannot be read now; null while it can.</param>
public sealed record NowReport(
    long Sequence, DateTimeOffset? At, string Mode, ControlStatus? Account, decimal? EquityUsd, decimal? StartEquityUsd, decimal? ProfitUsd,
    decimal? ProfitPercent, decimal? DayProfitUsd, decimal? DayProfitPercent, decimal? BuyAndHoldPercent, decimal MaxDrawdownPercent,
    decimal RealisedUsd, decimal UnrealisedUsd, decimal FeesUsd, int Decisions, int Trades, IReadOnlyList<PositionReport> Positions,
    IReadOnlyList<PriceReport> Prices, DecisionRow? LastDecision, IReadOnlyList<PartHealth> Health, string? Trouble)
{
    /// <summary>The report of a view.</summary>
    public static NowReport Of(JournalView view, TradingSettings settings, IReadOnlyList<PartHealth> health, string? trouble) =>
        view.Read(_ => Make(view, settings, health, trouble));

    /// <summary>Whose money an account trades with.</summary>
    public static string ModeOf(Portfolio? account, TradingSettings settings) => account switch
    {
        { MarketData: "simulated" or "recorded" } => account.MarketData,
        { External: not null, Limits.Orders.RealTrading: true } => settings.ExchangeTestNetwork ? "test" : "real",
        { External: not null } => "test",
        // Before the account is opened the settings say what it will be.
        null when settings.Feed == FeedKind.Recorded => "recorded",
        null when settings.Feed is FeedKind.Simulated or FeedKind.Demo => "simulated",
        _ => "paper",
    };

    private static NowReport Make(JournalView view, TradingSettings settings, IReadOnlyList<PartHealth> health, string? trouble)
    {
        var (account, totals, equity) = (view.Account.State, view.Totals, view.EquityNow());
        var start = totals.StartEquityUsd;
        var day = view.Days.All.LastOrDefault();
        List<PositionReport> positions = account is null ? [] : [.. account.Positions.Where(entry => entry.Value.Quantity > 0)
            .Select(entry => Position(account, entry.Key, entry.Value,
                view.Prices.TryGetValue(entry.Key, out var seen) ? seen.Last.Price : entry.Value.LastPrice, equity ?? 0))];
        return new(
            view.Sequence, view.At, ModeOf(account, settings),
            account is null ? null : AccountReport.Of(account, view.Account.LastStateChange, []),
            equity, start, equity - start, Percent(equity, start), day?.ProfitUsd, day?.ProfitPercent,
            view.Held is { } both ? Percent(both.Last.Price, both.First.Price) : null, decimal.Round(totals.MaxDrawdown * 100, 4),
            account?.RealisedUsd ?? 0, positions.Sum(position => position.UnrealisedUsd), account?.FeesUsd ?? 0, totals.Decisions,
            totals.Trades, positions,
            [.. view.Prices.Select(entry => new PriceReport(entry.Key, entry.Value.Last.IntervalStart, entry.Value.Last.Price,
                entry.Value.Last.Change24hPercent))],
            view.Decisions.Last, health, trouble);
    }

    private static decimal? Percent(decimal? now, decimal? then) =>
        now is { } after && then is { } before and not 0 ? decimal.Round((after / before - 1) * 100, 4) : null;

    private static PositionReport Position(Portfolio account, string symbol, Position held, decimal price, decimal equity)
    {
        var entry = held.AverageCost();
        var limits = account.LimitsIn(symbol)?.Exits;
        var exits = ExitShares.Of(limits);
        var holding = new Holding(entry, Math.Max(held.HighestPrice, price), held.EnteredAt);
        var stop = Larger(exits.StopPrice(entry), exits.TrailingStopPrice(holding));
        return new(
            symbol, held.Quantity, decimal.Round(entry, Money.Decimals), price, decimal.Round(held.Quantity * price, Money.Decimals),
            decimal.Round(held.UnrealisedUsd(price), Money.Decimals),
            held.CostUsd == 0 ? 0 : decimal.Round(held.UnrealisedUsd(price) / held.CostUsd * 100, 4),
            equity == 0 ? 0 : decimal.Round(held.Quantity * price / equity, 6), Rounded(stop),
            stop is { } at && price > 0 ? decimal.Round((price - at) / price * 100, 4) : null,
            Rounded(exits.TargetPrice(entry)), held.EnteredAt,
            limits?.TimeLimitSeconds is { } seconds ? held.EnteredAt.AddSeconds(seconds) : null);
    }

    private static decimal? Larger(decimal? left, decimal? right) => left is null ? right : right is null ? left
        : Math.Max(left.Value, right.Value);

    private static decimal? Rounded(decimal? price) => price is { } known ? decimal.Round(known, Money.Decimals) : null;
}
