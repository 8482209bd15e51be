using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Trading.TestKit.Exchanges;

/// <summary>A request as the exchange got it.</summary>
public sealed record SimRequest(string Method, string Path, string Query, string Body, bool Taken);

/// <summary>
/// An exchange on a free port of this machine that speaks the REST interface of Binance Spot or of Coinbase Advanced Trade, checks every
/// signature by itself, and goes wrong where a test wants it.
/// </summary>
public abstract class SimulatedExchange : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<SimRequest> _requests = new();
    private volatile int _refuseWith;
    private volatile int _retryAfterSeconds;

    protected SimulatedExchange(Venue venue, Faults faults, TimeProvider clock)
    {
        (Venue, Faults, Clock) = (venue, faults, clock);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(ServeAsync);
    }

    public Venue Venue { get; }

    public Faults Faults { get; set; }

    /// <summary>How far the exchange's clock is ahead of the machine's.</summary>
    public TimeSpan ClockOffset { get; set; }

    public Uri Address => new(_app.Urls.Single());

    /// <summary>What happens on the market while a cancellation is on its way; null for nothing.</summary>
    public Action? BeforeCancel { get; set; }

    /// <summary>
    /// Whether the next cancellation is done and not answered, and everything after it refused with 503: all that a process which is killed
    /// then gets to hear.
    /// </summary>
    public bool LostAfterCancel { get; set; }

    /// <summary>
    /// Answers in place of the exchange where it gives a status and a body, by method, path and what was sent; null leaves it to the
    /// exchange.
    /// </summary>
    public Func<string, string, string, (int Status, string Body)?>? Instead { get; set; }

    /// <summary>
    /// The request at which the connection breaks, counted from now on, and whether the exchange carries it out before that; null for none.
    /// </summary>
    public (int Number, bool CarriedOut)? Cut { get; set; }

    /// <summary>What the answers to orders wait for, which are carried out at once; null for nothing.</summary>
    public Task? HoldsOrders { get; set; }

    /// <summary>Every request so far.</summary>
    public IReadOnlyList<SimRequest> Requests => [.. _requests];

    /// <summary>How many requests were answered at all.</summary>
    public int Count => _requests.Count;

    protected TimeProvider Clock { get; }

    protected DateTimeOffset Now => Clock.GetUtcNow() + ClockOffset;

    public Task StartAsync() => _app.StartAsync();

    /// <summary>Refuses every request with a status (418, 429, 451, 403, 503) until 0 is set.</summary>
    public void RefuseAll(int status, int retryAfterSeconds = 0) => (_refuseWith, _retryAfterSeconds) = (status, retryAfterSeconds);

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _app.DisposeAsync();
    }

    /// <summary>Answers a request that meets no fault of the whole exchange.</summary>
    protected abstract Task AnswerAsync(HttpContext context, string body);

    /// <summary>The exchange's own words for a status that it refuses everything with.</summary>
    protected abstract object Refusal(int status);

    protected static async Task JsonAsync(HttpContext context, int status, object body)
    {
        context.Response.StatusCode = status;
        await context.Response.WriteAsJsonAsync(body);
    }

    protected void Note(HttpContext context, string body, bool taken) => _requests.Enqueue(
        new(context.Request.Method, context.Request.Path, context.Request.QueryString.Value?.TrimStart('?') ?? "", body, taken));

    /// <summary>Answers nothing until the caller goes away.</summary>
    protected static async Task SilenceAsync(HttpContext context)
    {
        var gone = new TaskCompletionSource();
        await using var registration = context.RequestAborted.Register(gone.SetResult);
        await gone.Task;
    }

    /// <summary>Answers nothing, and no other request either.</summary>
    protected Task LoseAsync(HttpContext context, string body)
    {
        LostAfterCancel = false;
        RefuseAll(503);
        Note(context, body, true);
        return SilenceAsync(context);
    }

    /// <summary>Answers an order that was taken as a fault between exchange and caller does, which knows nothing of either.</summary>
    /// <returns>False when there is no such fault.</returns>
    protected static async Task<bool> LosesAnswerAsync(HttpContext context, SimFault fault)
    {
        switch (fault)
        {
            case SimFault.TakenThenCut:
                context.Abort();
                return true;
            case SimFault.TakenThenSilent:
                await SilenceAsync(context);
                return true;
            case SimFault.TakenThenGateway:
                await GatewayAsync(context, 502);
                return true;
            case SimFault.TakenThenTimeout:
                await GatewayAsync(context, 408);
                return true;
            case SimFault.TakenThenOdd:
                await JsonAsync(context, 200, new { });
                return true;
            default:
                return false;
        }
    }

    private static async Task GatewayAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html";
        await context.Response.WriteAsync($"<html><body>{status}</body></html>");
    }

    private async Task ServeAsync(HttpContext context)
    {
        // For a test in another process; no exchange has it.
        if (context.Request.Path == "/simulator/price")
        {
            await JsonAsync(context, 200, Venue.Price);
            return;
        }
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync();
        if (Cut is var (number, carriedOut))
        {
            Cut = number > 0 ? (number - 1, carriedOut) : null;
            if (number == 0)
            {
                await CutAsync(context, body, carriedOut);
                return;
            }
        }
        if (_refuseWith is not 0 and var status)
        {
            Note(context, body, false);
            if (_retryAfterSeconds > 0)
                context.Response.Headers.RetryAfter = $"{_retryAfterSeconds}";
            await JsonAsync(context, status, Refusal(status));
            return;
        }
        if (Instead?.Invoke(context.Request.Method, context.Request.Path.Value ?? "",
            $"{context.Request.QueryString.Value?.TrimStart('?')}{body}") is var (instead, text))
        {
            Note(context, body, false);
            context.Response.StatusCode = instead;
            context.Response.ContentType = text.StartsWith('<') ? "text/html" : "application/json";
            await context.Response.WriteAsync(text);
            return;
        }
        if (HoldsOrders is { } held && context.Request.Method == "POST")
            await HeldAsync(context, body, held);
        else
            await AnswerAsync(context, body);
    }

    private async Task CutAsync(HttpContext context, string body, bool carriedOut)
    {
        if (carriedOut)
        {
            context.Response.Body = new MemoryStream();
            await AnswerAsync(context, body);
        }
        context.Abort();
    }

    // Carried out at once, answered later.
    private async Task HeldAsync(HttpContext context, string body, Task held)
    {
        var (answer, sent) = (context.Response.Body, new MemoryStream());
        context.Response.Body = sent;
        await AnswerAsync(context, body);
        await held;
        context.Response.Body = answer;
        await answer.WriteAsync(sent.ToArray());
    }

    /// <summary>An asset whose market the exchange no longer knows; null for none. Balances of it stay.</summary>
    public string? Delisted { get; set; }

    /// <summary>The asset whose market alone has the status that a test says; null for every one.</summary>
    public string? StatusOf { get; set; }

    /// <summary>Whether a market has the status that a test says.</summary>
    protected bool HasStatus(Venue? market) => StatusOf is null || market?.Rules.Base == StatusOf;

    /// <summary>The market of a product; null where the exchange has none.</summary>
    protected Venue? Market(Func<VenueRules, bool> fits) =>
        Venue.Markets.FirstOrDefault(market => market.Rules.Base != Delisted && fits(market.Rules));
}
