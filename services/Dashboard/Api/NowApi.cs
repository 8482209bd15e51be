using Trading.Dashboard.Access;
using Trading.Dashboard.Answers;
using Trading.Dashboard.Reading;
using Trading.Hosting.Settings;
using Trading.Journal.Tables;

namespace Trading.Dashboard.Api;

/// <summary>Who asks.</summary>
/// <param name="Name">The token's name.</param>
/// <param name="Role">What it may do: viewer, auditor, halter or operator.</param>
/// <param name="Csrf">What a page sends with a change, in the header X-Trading-Csrf; null for a caller with a token.</param>
/// <param name="Expires">When the login ends (UTC); null for a caller with a token.</param>
/// <param name="Mode">simulated, recorded, paper, test or real: whose money the account trades with.</param>
/// <param name="Symbols">What is traded.</param>
/// <param name="PriceIntervalSeconds">Seconds from price to price.</param>
/// <param name="Commands">Whether commands can be carried out.</param>
public sealed record SessionReport(
    string Name, string Role, string? Csrf, DateTimeOffset? Expires, string Mode, IReadOnlyList<string> Symbols, int PriceIntervalSeconds,
    bool Commands);

/// <summary>Now: the session, the account, equity, days, alerts.</summary>
internal static class NowApi
{
    /// <summary>Maps them.</summary>
    public static void MapNow(this RouteGroupBuilder api)
    {
        api.MapGet("/session", Session).WithTags("now").WithSummary("Who asks, and what that may do");
        api.MapGet("/now", NowAsync).WithTags("now").WithSummary("How everything stands");
        api.MapGet("/equity", EquityAsync).WithTags("now").WithSummary("Equity over time, beside buying and holding");
        api.MapGet("/days", DaysAsync).WithTags("now").WithSummary("What each UTC day brought");
        api.MapGet("/alerts", AlertsAsync).WithTags("now").WithSummary("The newest alerts");
    }

    private static Answer<SessionReport> Session(HttpContext context, Journaled journaled, TradingSettings settings, Commands commands)
    {
        var caller = Caller.Of(context);
        return new(new(caller.Name, DashedName.Of(caller.Token.Role.ToString()), caller.Csrf, caller.Expires,
            journaled.Peek(view => NowReport.ModeOf(view.Account.State, settings)), settings.Symbols, settings.PriceIntervalSeconds,
            journaled.IsOwn && commands.CanAct));
    }

    private static async Task<Answer<NowReport>> NowAsync(Journaled journaled, CancellationToken cancellation) =>
        new(await journaled.NowAsync(cancellation));

    private static async Task<Answer<IReadOnlyList<EquityPoint>>> EquityAsync(Journaled journaled, int? points,
        CancellationToken cancellation)
    {
        if (points is < 2 or > EquityCurve.MostPoints)
            throw Problems.Wrong("points", $"2 to {EquityCurve.MostPoints}", points);
        return new(await journaled.ReadAsync(view => view.Equity.Points(points ?? 400), cancellation));
    }

    private static async Task<Answer<IReadOnlyList<DayFigures>>> DaysAsync(Journaled journaled, CancellationToken cancellation) =>
        new(await journaled.ReadAsync<IReadOnlyList<DayFigures>>(view => [.. view.Days.All], cancellation));

    private static async Task<Answer<IReadOnlyList<AlertRow>>> AlertsAsync(DashboardDatabase database, int? limit,
        CancellationToken cancellation)
    {
        if (limit is < 1 or > 500)
            throw Problems.Wrong("limit", "1 to 500", limit);
        var newest = await AlertClaims.NewestAsync(database.Journal, limit ?? 50, DateTimeOffset.UnixEpoch, cancellation);
        return new([.. newest.Select(AlertRow.Of)]);
    }
}
