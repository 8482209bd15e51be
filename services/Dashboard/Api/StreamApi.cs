using System.Globalization;
using System.Text;
using System.Threading.Channels;
using Trading.Dashboard.Access;
using Trading.Dashboard.Answers;
using Trading.Dashboard.Reading;

namespace Trading.Dashboard.Api;

/// <summary>
/// The stream: decision, trade and act with their place in the journal as id, to resume from; now, price, alert and beat, which are not
/// resumed; reset, after which a viewer reads everything again.
/// </summary>
internal static class StreamApi
{
    private const string LastId = "Last-Event-ID";

    /// <summary>How long a viewer that comes again waits for a journal that is being read, before it is told to start again.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Maps it.</summary>
    public static void MapStream(this RouteGroupBuilder api) =>
        api.MapGet("/stream", StreamAsync).WithTags("stream").WithSummary("Everything new, as server-sent events")
            .WithDescription("Events: decision (DecisionRow), trade (TradeRow), act (AccountAct) with an id; now (NowReport), price, "
                + "alert, beat without; reset: what was missed is not kept, read everything again. Resumed with "
                + "Last-Event-ID, or ?after=ID.")
            .Produces<string>(200, "text/event-stream").ProducesProblem(503);

    private static async Task StreamAsync(
        HttpContext context, JournalReading reading, StreamHub hub, long? after, CancellationToken cancellation)
    {
        var seen = after;
        if (context.Request.Headers[LastId].ToString() is { Length: > 0 } given)
            seen = long.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id
                : throw Problems.Wrong(LastId, "the id of an event of this stream", given);
        // Only what was read can be shown; the wait shows as progress in the beats.
        var isRead = await reading.ReadyAsync(seen is null ? TimeSpan.Zero : Patience, cancellation);
        var viewer = hub.Join(seen, isRead, out var missed, out var state)
            ?? throw new ApiException(Problems.Of(StatusCodes.Status503ServiceUnavailable,
            "too-many-viewers", $"{StreamHub.MostViewers} viewers are connected already"));
        try
        {
            var response = context.Response;
            response.ContentType = "text/event-stream; charset=utf-8";
            response.Headers.CacheControl = "no-store, no-transform";
            response.Headers["X-Accel-Buffering"] = "no";
            await response.Body.WriteAsync(Encoding.UTF8.GetBytes("retry: 1000\n\n"), cancellation);
            if (missed is null)
                await response.Body.WriteAsync("event: reset\ndata: {}\n\n"u8.ToArray(), cancellation);
            foreach (var message in missed ?? [])
                await response.Body.WriteAsync(message.Text, cancellation);
            if (state is { } now)
                await response.Body.WriteAsync(now.Text, cancellation);
            await response.Body.FlushAsync(cancellation);
            await TellAsync(viewer.Reader, response, Caller.Of(context).Expires, cancellation);
        }
        finally
        {
            hub.Leave(viewer);
        }
    }

    private static async Task TellAsync(
        ChannelReader<StreamMessage> told, HttpResponse response, DateTimeOffset? until, CancellationToken cancellation)
    {
        while (await told.WaitToReadAsync(cancellation))
        {
            // A login that is over gets nothing more.
            if (until <= TimeProvider.System.GetUtcNow())
                return;
            while (told.TryRead(out var message))
                await response.Body.WriteAsync(message.Text, cancellation);
            await response.Body.FlushAsync(cancellation);
        }
    }
}
