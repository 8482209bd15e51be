using System.Net;
using System.Text;
using Trading.Core;
using Trading.Dashboard.Answers;
using Trading.Dashboard.Api;
using Trading.Dashboard.Reading;
using Trading.Hosting.Settings;

namespace Trading.Dashboard.Chat;

/// <summary>What the chat answers: short, in the HTML that Telegram takes.</summary>
public sealed class ChatReplies(Journaled journaled, DashboardDatabase database)
{
    private const int Rows = 5, PictureWidth = 900, PictureHeight = 420, LongestText = 3800;

    private const string Help = "/status, /profit, /positions, /trades, /limits\n"
        + "/why – the last decision, or /why and the beginning of an id\n"
        + "/halt, /reduce, /resume, /flatten – each takes a reason; a button confirms";

    /// <summary>The answer to a question.</summary>
    public async Task<string> OfAsync(string command, string rest, CancellationToken cancellation)
    {
        try
        {
            var text = command switch
            {
                "/status" => Status(await journaled.NowAsync(cancellation)),
                "/positions" => Positions(await journaled.NowAsync(cancellation)),
                "/trades" => Trades(await journaled.ReadAsync(view => view.Trades, cancellation)),
                "/limits" => await LimitsAsync(cancellation),
                "/why" => await WhyAsync(rest, cancellation),
                "/help" or "/start" => Help,
                _ => $"There is no {Encode(command)}.\n{Help}",
            };
            return text.Length <= LongestText ? text : $"{text[..LongestText]}…";
        }
        catch (Exception failed) when (Problems.Of(failed) is { } problem)
        {
            return Encode(problem.Detail!);
        }
    }

    /// <summary>Profit, with a picture of the equity; null where there is nothing to draw yet.</summary>
    public async Task<(string Caption, byte[]? Picture)> ProfitAsync(CancellationToken cancellation)
    {
        try
        {
            var now = await journaled.NowAsync(cancellation);
            var points = await journaled.ReadAsync(view => view.Equity.Points(PictureWidth), cancellation);
            var caption = $"{Head(now)}\n<b>Since start</b> {Signed(now.ProfitUsd)} USD ({Percent(now.ProfitPercent)})\n"
                + $"<b>Today</b> {Signed(now.DayProfitUsd)} USD ({Percent(now.DayProfitPercent)})\n"
                + $"<b>Buy and hold</b> {Percent(now.BuyAndHoldPercent)}\n"
                + DecisionText.Text($"{now.Trades:N0} trades, fees {now.FeesUsd:N2} USD, deepest fall {now.MaxDrawdownPercent:0.00} %");
            return (caption, points.Count < 2 ? null : EquityPicture.Draw(points, PictureWidth, PictureHeight));
        }
        catch (Exception failed) when (Problems.Of(failed) is { } problem)
        {
            return (Encode(problem.Detail!), null);
        }
    }

    /// <summary>Text as Telegram's HTML takes it.</summary>
    public static string Encode(string text) => WebUtility.HtmlEncode(text);

    private static string Head(NowReport now) => $"<b>{now.Mode.ToUpperInvariant()}</b> "
        + DecisionText.Text($"equity {(now.EquityUsd is { } equity ? DecisionText.Money(equity) : "–")} USD");

    private static string Status(NowReport now)
    {
        var text = new StringBuilder(Head(now));
        if (now.Account is { } account)
        {
            text.Append($"\nTrading is <b>{DashedName.Of(account.State.ToString())}</b>");
            if (account.Since is { } since)
                text.Append($" ({Encode(since.What)} by {Encode(since.By)}: {Encode(since.Reason)})");
            foreach (var latch in account.Latches)
                text.Append($"\n⚠ {Encode(latch)}");
            text.Append(DecisionText.Text($"\ncash {account.CashUsd:N2} USD, {account.OpenOrders.Count} open orders"));
        }
        foreach (var price in now.Prices)
            text.Append($"\n{price.Symbol} {DecisionText.Money(price.Price)}");
        foreach (var part in now.Health.Where(part => part.State is "bad" or "warning"))
            text.Append($"\n⚠ {Encode(part.Name)}: {Encode(part.Told)}");
        if (now.LastDecision is { } last)
            text.Append($"\nlast: {Encode(last.Told)}");
        return text.ToString();
    }

    private static string Positions(NowReport now) => now.Positions.Count == 0 ? "Nothing is held."
        : string.Join("\n\n", now.Positions.Select(
        held => $"<b>{held.Symbol}</b> {DecisionText.Exact(held.Quantity)} worth {DecisionText.Money(held.WorthUsd)} USD\n"
            + $"entry {DecisionText.Money(held.EntryPrice)}, now {DecisionText.Money(held.Price)}: {Signed(held.UnrealisedUsd)} USD "
            + $"({Percent(held.UnrealisedPercent)})\n"
            + $"stop {(held.StopPrice is { } stop ? DecisionText.Money(stop) : "–")}, target "
            + $"{(held.TargetPrice is { } target ? DecisionText.Money(target) : "–")}"));

    private static string Trades(IReadOnlyList<Reading.TradeRow> trades) => trades.Count == 0 ? "No trade yet."
        : string.Join('\n', trades.TakeLast(Rows)
        .Reverse().Select(trade => $"{DecisionText.Time(trade.At)} {(trade.ResultUsd is null ? "bought" : "sold")} "
            + $"{DecisionText.Exact(trade.Quantity)} {trade.Symbol} at {DecisionText.Money(trade.Price)}"
            + (trade.ResultUsd is { } result ? $", <b>{Signed(result)}</b> ({Encode(trade.Reason)})" : "")
            + $" /why {trade.TradeId.ToString()[..8]}"));

    private async Task<string> LimitsAsync(CancellationToken cancellation) =>
        await journaled.ReadAsync(view => RiskApi.Uses(view) is { Count: > 0 } uses ? string.Join('\n', uses.Select(use =>
            DecisionText.Text($"{(use.Share >= 1 ? "⛔" : use.Share >= 0.8m ? "⚠" : "•")} {use.Told}: {use.Used:0.##} of {use.Limit:0.##} ")
            + DecisionText.Text($"({use.Share * 100:0} %)"))) : "The limits are shown with the first decision.", cancellation);

    private async Task<string> WhyAsync(string id, CancellationToken cancellation)
    {
        var wanted = id.Trim();
        var rows = await journaled.ReadAsync(view => view.Decisions.Rows, cancellation);
        var row = wanted.Length == 0 ? rows.LastOrDefault(known => known.Outcome != "hold") ?? (rows.Count > 0 ? rows[^1] : null)
            : rows.LastOrDefault(known => known.TradeId.ToString().StartsWith(wanted, StringComparison.OrdinalIgnoreCase));
        if (row is null)
            return wanted.Length == 0 ? "No decision yet." : $"No decision is {Encode(wanted)}.";
        return await DecisionStory.ReadAsync(database.Journal, row.TradeId, cancellation) is { } story ? Encode(story.Why) : "It is gone.";
    }

    private static string Signed(decimal? value) => value is { } known ? DecisionText.Text($"{known:+#,0.00;-#,0.00;0.00}") : "–";

    private static string Percent(decimal? value) => value is { } known ? DecisionText.Text($"{known:+0.00;-0.00;0.00} %") : "–";
}
