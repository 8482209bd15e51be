using Trading.Core;
using Trading.Dashboard.Access;
using Trading.Dashboard.Answers;
using Trading.Dashboard.Reading;
using Trading.Hosting.Control;
using Trading.Hosting.Settings;
using Trading.Journal.Events;

namespace Trading.Dashboard.Api;

/// <summary>How much of a limit is used.</summary>
/// <param name="Rule">The rule, as decisions name it.</param>
/// <param name="Told">What it limits.</param>
/// <param name="Used">Used now.</param>
/// <param name="Limit">The limit.</param>
/// <param name="Unit">usd, share, or count.</param>
/// <param name="Share">Used through limit, 0 and more; 1 is reached.</param>
public sealed record LimitUse(string Rule, string Told, decimal Used, decimal Limit, string Unit, decimal Share);

/// <summary>Limits.</summary>
/// <param name="Version">Version in force; 0 before any were set.</param>
/// <param name="Uses">Those with a use that is known now.</param>
/// <param name="All">All, by name.</param>
/// <param name="History">All versions, newest first.</param>
public sealed record LimitsReport(
    int Version, IReadOnlyList<LimitUse> Uses, IReadOnlyList<LimitValue> All, IReadOnlyList<LimitsVersion> History);

/// <summary>A command.</summary>
/// <param name="Reason">Why; 1 to 500 characters in one line, recorded with it.</param>
/// <param name="Symbol">For halt, reduce and resume: one symbol; null for the account.</param>
/// <param name="Order">For cancel: the trade id of the order, or its beginning.</param>
/// <param name="ConfirmReal">For resume: allows the first real order.</param>
/// <param name="AcceptDifferences">For resume: accepts the differences to the exchange.</param>
/// <param name="Difference">For adopt: the key of a fill or an order that /differences lists.</param>
/// <param name="Quantity">For adopt, write-off and correct: units.</param>
/// <param name="Price">For adopt: what a unit cost. For write-off: what a unit brought, 0 for nothing.</param>
/// <param name="AmountUsd">For deposit and withdraw: how much. For adopt: what cash paid. For correct: the cash.</param>
/// <param name="Highest">For marks: the highest price since the entry.</param>
/// <param name="Seen">For resume with one of these: the code that the account showed beside what is accepted or confirmed.</param>
/// <param name="OnlyTighten">For reduce: what is halted stays halted. Always so for who may only halt.</param>
public sealed record CommandRequest(
    string? Reason, string? Symbol = null, string? Order = null, bool ConfirmReal = false, bool AcceptDifferences = false,
    string? Difference = null, decimal? Quantity = null, decimal? Price = null, decimal? AmountUsd = null, decimal? Highest = null,
    string? Seen = null, bool OnlyTighten = false)
{
    /// <summary>The command of an operator.</summary>
    public OperatorCommand Of(OperatorAction action, string by) => new(action, by, Reason ?? "")
    {
        Symbol = Symbol, Order = Order, ConfirmReal = ConfirmReal, AcceptDifferences = AcceptDifferences, Difference = Difference,
        Quantity = Quantity, Price = Price, AmountUsd = AmountUsd, HighestPrice = Highest, Seen = Seen,
        OnlyTighten = OnlyTighten,
    };
}

/// <summary>Something that exchange and journal do not agree about.</summary>
/// <param name="Key">Its key, for example fill/BTC-USD/4711; adopt takes those of fills and orders.</param>
/// <param name="Kind">fill, order, balance or doubt.</param>
/// <param name="Expected">Units that the journal expects.</param>
/// <param name="Observed">Units that the exchange has.</param>
/// <param name="FoundAt">Since when (UTC).</param>
/// <param name="Symbol">The symbol; null for cash and for what is told by its key.</param>
/// <param name="LastPrice">What a unit last was settled at; null when that is not known.</param>
public sealed record DifferenceRow(
    string Key, string Kind, decimal Expected, decimal Observed, DateTimeOffset FoundAt, string? Symbol, decimal? LastPrice);

/// <summary>New limits.</summary>
/// <param name="Reason">Why; 1 to 500 characters in one line.</param>
/// <param name="Set">New values by the limits' names.</param>
/// <param name="Seen">The version in force that was seen: refused when another is; null for whichever.</param>
public sealed record LimitsRequest(string? Reason, Dictionary<string, string>? Set, int? Seen = null);

/// <summary>Limits, who did what, and commands.</summary>
internal static class RiskApi
{
    private const string KeyHeader = "Idempotency-Key";

    /// <summary>Maps them.</summary>
    public static void MapRisk(this RouteGroupBuilder api)
    {
        api.MapGet("/limits", LimitsAsync).WithTags("control").WithSummary("Each limit with its use now, and all versions");
        api.MapGet("/acts", ActsAsync).WithTags("control").WithSummary("Who did what to the account, newest first");
        api.MapPost("/limits", SetLimitsAsync).WithTags("control").WithSummary("Sets limits; with dryRun only says what would change")
            .Produces<LimitsChanged>().ProducesProblem(400).ProducesProblem(403).ProducesProblem(409);
        api.MapGet("/control", StatusAsync).WithTags("control").WithSummary("The account as commands see it").ProducesProblem(404);
        api.MapGet("/differences", DifferencesAsync).WithTags("control")
            .WithSummary("What exchange and journal do not agree about, to adopt, to write off or to accept");
        api.MapPost("/control/{command}", ActAsync).WithTags("control")
            .WithSummary("halt, reduce, resume, flatten, cancel, adopt, write-off, correct, deposit, withdraw or marks; with dryRun only "
                + "says what would change (ControlPreview)")
            .Produces<ControlDone>().ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);
    }

    private static async Task<Answer<LimitsReport>> LimitsAsync(Journaled journaled, CancellationToken cancellation) =>
        new(await journaled.ReadAsync(view => new LimitsReport(
            view.Account.State?.LimitsVersion ?? 0, Uses(view), view.Account.State?.Limits is { } limits ? LimitFields.Of(limits) : [],
            [.. view.Account.Limits.Reverse()]), cancellation));

    private static async Task<Answer<Page<AccountAct>>> ActsAsync(
        Journaled journaled, long? before, int? limit, CancellationToken cancellation) =>
        new(await journaled.ReadAsync(view => Paging.Of(view.Account.Acts, act => act.Sequence, before, limit), cancellation));

    private static async Task<IResult> SetLimitsAsync(
        HttpContext context, Journaled journaled, Commands commands, LimitsRequest request, bool? dryRun, CancellationToken cancellation)
    {
        var caller = Caller.Of(context);
        if (caller.Token.Role != TokenRole.Operator)
            throw Problems.Forbidden(caller.Token, "set limits");
        var set = request.Set ?? [];
        if (dryRun != true)
        {
            var done = await commands.SetLimitsAsync($"dashboard:{caller.Name}", request.Reason ?? "", set, request.Seen, Key(context));
            await journaled.SeenAsync(cancellation);
            return Results.Ok(done);
        }
        var (limits, version) = await journaled.ReadAsync(view => (view.Account.State?.Limits, view.Account.State?.LimitsVersion ?? 0),
            cancellation);
        return limits is null ? throw new ApiException(Problems.Of(409, "refused", "the account has no limits yet"))
            : Results.Ok(new LimitsChanged(version, LimitFields.Changes(limits, LimitFields.With(limits, set))));
    }

    private static async Task<Answer<ControlStatus>> StatusAsync(Commands commands, CancellationToken cancellation) =>
        new(await commands.StatusAsync(cancellation));

    private static async Task<Answer<IReadOnlyList<DifferenceRow>>> DifferencesAsync(
        Journaled journaled, TradingSettings settings, CancellationToken cancellation) =>
        new(await journaled.ReadAsync<IReadOnlyList<DifferenceRow>>(view => view.Account.State is not { External: { } external } account
            ? [] : [.. external.Differences.Select(open => Row(open.Key, open.Value, account, settings))], cancellation));

    private static DifferenceRow Row(string key, ExternalDifference difference, Portfolio account, TradingSettings settings)
    {
        var (kind, asset) = (key[..key.IndexOf('/', StringComparison.Ordinal)], key[(key.IndexOf('/', StringComparison.Ordinal) + 1)..]);
        var symbol = kind != "balance" ? null
            : account.External!.Products?.Values.FirstOrDefault(product => product.BaseAsset == asset)?.Symbol
                ?? settings.Symbols.FirstOrDefault(traded => traded.StartsWith($"{asset}-", StringComparison.Ordinal));
        return new(key, kind, difference.Expected, difference.Observed, difference.At, symbol,
            symbol is not null && account.PositionIn(symbol).LastPrice is > 0 and var price ? price : null);
    }

    private static async Task<IResult> ActAsync(HttpContext context, Journaled journaled, DashboardDatabase database, Commands commands,
        string command, CommandRequest request, bool? dryRun, CancellationToken cancellation)
    {
        var caller = Caller.Of(context);
        var action = OperatorActions.Named(command)
            ?? throw Problems.NotFound($"there is no command {command}: {string.Join(", ", OperatorActions.Names)}");
        if (!caller.Token.Role.May(action))
            throw Problems.Forbidden(caller.Token, command);
        var by = $"dashboard:{caller.Name}";
        if (dryRun != true)
        {
            var done = await commands.ActAsync(by, request.Of(action, "").As(caller.Token.Role), Key(context));
            await journaled.SeenAsync(cancellation);
            return Results.Ok(done);
        }
        var account = await journaled.ReadAsync(view => view.Account.State, cancellation)
            ?? throw Problems.NotFound("the account is not opened yet");
        var fills = request.Difference is { } key && key.StartsWith("fill/", StringComparison.Ordinal)
            ? await JournalReader.FoundFillsAsync(database.Journal, account.Account, [key], cancellation) : [];
        return Results.Ok(OperatorPreview.Of(request.Of(action, by).As(caller.Token.Role), account, fills.SingleOrDefault(),
            TimeProvider.System.GetUtcNow()));
    }

    private static string? Key(HttpContext context) =>
        context.Request.Headers.TryGetValue(KeyHeader, out var key) ? key.ToString() : null;

    /// <summary>How much of each limit is used now.</summary>
    internal static List<LimitUse> Uses(JournalView view)
    {
        if (view.Account.State is not { Limits: { } limits } account || view.Prices.Count == 0)
            return [];
        var uses = new List<LimitUse>();
        var (symbol, seen) = view.Prices.First();
        // The journal's clock: a recorded run has another day than this machine.
        var now = seen.Last.IntervalStart;
        var numbers = RiskAccount.Of(account, symbol, seen.Last.Price, now);
        void Add(string rule, string told, decimal used, decimal? limit, string unit)
        {
            if (limit is { } most and > 0)
                uses.Add(new(rule, told, decimal.Round(used, 6), decimal.Round(most, 6), unit, decimal.Round(used / most, 4)));
        }
        Add("DailyLoss", "loss of the day", numbers.DailyLossUsd, numbers.EquityUsd * limits.MaxDailyLossShare, "usd");
        Add("Drawdown", "fall below the highest equity", numbers.Drawdown, limits.Losses?.MaxDrawdownShare, "share");
        Add("LosingTrades", "losing sales in a row", numbers.LosingTrades, limits.Losses?.MaxLosingTrades, "count");
        Add("UnreviewedExecutions", "executions since the last resume", numbers.UnreviewedExecutions + numbers.OpenOrders,
            limits.Losses?.MaxUnreviewedExecutions, "count");
        foreach (var (held, price) in view.Prices)
            Add("PositionShare", $"share of equity in {held}",
                numbers.EquityUsd == 0 ? 0 : account.PositionIn(held).Quantity * price.Last.Price / numbers.EquityUsd,
                    limits.MaxPositionShare, "share");
        Add("Exposure", "share of equity in all positions", numbers.EquityUsd == 0 ? 0 : numbers.ExposureUsd / numbers.EquityUsd,
            limits.Orders?.MaxExposureShare, "share");
        Add("OpenOrders", "open orders", numbers.OpenOrders, limits.Pace?.MaxOpenOrders, "count");
        Add("OrdersPerMinute", "orders in the minute", numbers.OrdersInMinute, limits.Pace?.MaxOrdersPerMinute, "count");
        Add("OrdersPerDay", "orders of the day", numbers.OrdersOnDay, limits.Pace?.MaxOrdersPerDay, "count");
        return uses;
    }
}
