using System.Globalization;
using Trading.Contracts;

namespace Trading.Services.Exchanges;

/// <summary>Asks Binance for fills (account trade list, rest-api.md), day by day and page by page.</summary>
internal sealed class BinanceFills(BinanceRest rest, Func<string, string> symbolOf)
{
    private static readonly TimeSpan LongestQuestion = TimeSpan.FromHours(24) - TimeSpan.FromMilliseconds(1);
    private const int MostTrades = 1000;

    // A list longer than that cannot be read whole, and without it the account is not compared.
    private const int MostPages = 1000;

    /// <summary>The fills in a symbol since a time by the exchange's clock, oldest first.</summary>
    public async Task<ExchangeAnswer<IReadOnlyList<ExchangeFill>>> SinceAsync(
        string symbol, DateTimeOffset since, CancellationToken cancellation)
    {
        // At most a day may lie between both times (rest-api.md, account trade list), so a longer time is asked for day by day.
        await rest.Clock.KnowAsync(cancellation);
        var (all, now) = (new List<ExchangeFill>(), rest.Clock.Now);
        for (var begin = since; begin <= now; begin += LongestQuestion)
        {
            var day = await DayAsync(symbol, begin, begin + LongestQuestion < now ? begin + LongestQuestion : null, cancellation);
            if (!day.IsDone)
                return day;
            all.AddRange(day.Value);
        }
        return ExchangeAnswer.Done<IReadOnlyList<ExchangeFill>>(
            [.. all.DistinctBy(fill => fill.ExchangeTradeId).OrderBy(fill => Number(fill.ExchangeTradeId))]);
    }

    /// <summary>All fills of an order.</summary>
    public Task<ExchangeAnswer<IReadOnlyList<ExchangeFill>>> OfOrderAsync(string symbol, string orderId, CancellationToken cancellation) =>
        TradesAsync(symbol, new BinanceParameters().Add("orderId", orderId), orderId, false, cancellation);

    private static long Number(string id) => long.Parse(id, CultureInfo.InvariantCulture);

    private static string Milliseconds(DateTimeOffset at) => at.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);

    // The fills of at most a day. From the second page on ids take the place of the times, and what is younger than the end is left out.
    private async Task<ExchangeAnswer<IReadOnlyList<ExchangeFill>>> DayAsync(
        string symbol, DateTimeOffset begin, DateTimeOffset? end, CancellationToken cancellation)
    {
        var first = new BinanceParameters().Add("startTime", Milliseconds(begin)).Add("endTime", end is { } at ? Milliseconds(at) : null);
        var fills = await TradesAsync(symbol, first, null, true, cancellation);
        return fills.Select(all => (IReadOnlyList<ExchangeFill>)[.. all.Where(fill => end is null || fill.At <= end)]);
    }

    // All fills of an order or since a time, page by page.
    private async Task<ExchangeAnswer<IReadOnlyList<ExchangeFill>>> TradesAsync(
        string symbol, BinanceParameters first, string? orderId, bool canWait, CancellationToken cancellation)
    {
        var all = new List<ExchangeFill>();
        var from = first;
        for (var page = 0; page < MostPages; page++)
        {
            var answer = await PageAsync(symbol, from, page, canWait, cancellation);
            if (!answer.IsDone)
                return answer;
            all.AddRange(answer.Value);
            if (answer.Value.Count < MostTrades)
                return ExchangeAnswer.Done<IReadOnlyList<ExchangeFill>>(
                    [.. all.DistinctBy(fill => fill.ExchangeTradeId).OrderBy(fill => Number(fill.ExchangeTradeId))]);
            from = new BinanceParameters().Add("orderId", orderId).Add("fromId",
                (answer.Value.Max(fill => Number(fill.ExchangeTradeId)) + 1).ToString(CultureInfo.InvariantCulture));
        }
        return ExchangeAnswer.Unknown<IReadOnlyList<ExchangeFill>>($"more than {MostPages * MostTrades} fills of {symbol}");
    }

    private async Task<ExchangeAnswer<IReadOnlyList<ExchangeFill>>> PageAsync(
        string symbol, BinanceParameters which, int page, bool canWait, CancellationToken cancellation)
    {
        which.Add("symbol", symbolOf(symbol)).Add("limit", MostTrades.ToString(CultureInfo.InvariantCulture));
        var reply = await ExchangeReply.OfPageAsync(page,
            () => rest.SignedAsync(HttpMethod.Get, "/api/v3/myTrades", which, canWait, cancellation));
        return BinanceAnswers.Read(reply, body => (IReadOnlyList<ExchangeFill>)[.. body.EnumerateArray().Select(trade =>
            BinanceAnswers.Fill(trade, trade.Needed("orderId"), trade.NeededId("id"), symbol,
                trade.Flag("isBuyer") ? TradeAction.Buy : TradeAction.Sell, trade.Milliseconds("time")))]);
    }
}
