using System.Net;
using System.Text;
using Microsoft.AspNetCore.Mvc;
using Trading.Dashboard.Access;
using Trading.Dashboard.Reading;
using Trading.Hosting.Settings;

namespace Trading.Dashboard.Pages;

/// <summary>
/// The pages: a frame that says whose money it is and who looks, and a part of its own for each. Scripts fill them from the API.
/// </summary>
internal static class SitePages
{
    private static readonly (string Name, string Path, string Title)[] Pages =
    [
        ("now", "/", "Now"), ("chart", "/chart", "Chart"), ("decisions", "/decisions", "Decisions"), ("trades", "/trades", "Trades"),
        ("models", "/models", "Models"), ("risk", "/risk", "Risk and control"), ("past", "/past", "Past"), ("audit", "/audit", "Audit"),
    ];

    /// <summary>Maps them.</summary>
    public static void MapPages(this WebApplication app)
    {
        foreach (var (name, path, title) in Pages.Append(("decision", "/decisions/{tradeId:guid}", "Decision")))
            app.MapGet(path, (HttpContext context, TradingSettings settings, OpenJournals journals) =>
                PageAsync(context, settings, journals, name, title)).ExcludeFromDescription();
        app.MapGet("/login", Login).ExcludeFromDescription();
        app.MapPost("/login", EnterAsync).ExcludeFromDescription().DisableAntiforgery();
        app.MapPost("/logout", Leave).ExcludeFromDescription();
        app.MapFallback(context =>
        {
            context.Response.Redirect("/");
            return Task.CompletedTask;
        });
    }

    private static async Task<IResult> PageAsync(
        HttpContext context, TradingSettings settings, OpenJournals journals, string name, string title)
    {
        var reading = await OpenJournals.AskedForAsync(context);
        // The journal is read while the browser fetches the rest.
        _ = reading.ReadyAsync(TimeSpan.Zero, CancellationToken.None);
        var caller = Caller.Of(context);
        var other = context.Request.Query[OpenJournals.Parameter].ToString() is var asked && asked == journals.Own ? "" : asked;
        var (mode, symbols) = reading.View.Read(view => (NowReport.ModeOf(view.Account.State, settings),
            other.Length == 0 || view.Prices.Count == 0 ? settings.Symbols : [.. view.Prices.Keys]));
        // One decision is looked at under the list of them.
        var current = name == "decision" ? "decisions" : name;
        var links = string.Concat(Pages.Select(page =>
            $"<a href=\"{page.Path}\"{(page.Name == current ? " aria-current=\"page\"" : "")}>{page.Title}</a>"));
        return Html(Assets.Text("frame.html"), new()
        {
            ["title"] = title, ["page"] = name, ["mode"] = mode, ["name"] = caller.Name,
            ["role"] = DashedName.Of(caller.Token.Role.ToString()), ["csrf"] = caller.Csrf ?? "", ["assets"] = Assets.Path,
            ["symbols"] = string.Join(',', symbols), ["interval"] = $"{settings.PriceIntervalSeconds}",
            ["account"] = settings.Account, ["journal"] = other,
        }, ("links", links), ("content", Assets.Text($"pages/{name}.html")));
    }

    private static IResult Login(HttpContext context, [FromQuery] string? next, [FromQuery] string? said) =>
        Html(Assets.Text("login.html"), new()
        {
            ["assets"] = Assets.Path, ["next"] = Local(next),
            ["said"] = said switch
            {
                "wrong" => "No token has this value.",
                "used" => "This address was used before. The program has printed another one.",
                "out" => "You are logged out.",
                _ => "",
            },
        });

    private static async Task<IResult> EnterAsync(HttpContext context, Gate gate)
    {
        if (!Gate.IsFromHere(context.Request) || !context.Request.HasFormContentType)
            return Results.Redirect("/login");
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var next = Local(form["next"]);
        if (await gate.TokenAsync(context, form["token"].ToString()) is not { } token)
            return Results.Redirect($"/login?said=wrong&next={Uri.EscapeDataString(next)}");
        await gate.GiveLoginAsync(context, token);
        return Results.Redirect(next);
    }

    private static IResult Leave(HttpContext context, Sessions sessions)
    {
        sessions.End(Caller.Of(context));
        context.Response.Cookies.Delete(sessions.CookieName);
        return Results.NoContent();
    }

    // A path of this site and nothing else.
    private static string Local(string? next) =>
        next is ['/', ..] && !next.StartsWith("//", StringComparison.Ordinal) && !next.StartsWith("/\\", StringComparison.Ordinal)
            && !next.Any(char.IsControl) ? next : "/";

    private static IResult Html(string template, Dictionary<string, string> values, params (string Name, string Html)[] parts)
    {
        var html = new StringBuilder(template);
        foreach (var (name, part) in parts)
            html.Replace($"{{{{{name}}}}}", part);
        foreach (var (name, value) in values)
            html.Replace($"{{{{{name}}}}}", WebUtility.HtmlEncode(value));
        return Results.Text(html.ToString(), "text/html; charset=utf-8");
    }
}
