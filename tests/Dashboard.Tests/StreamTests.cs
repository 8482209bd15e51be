using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Xunit;

namespace Trading.Dashboard.Tests;

/// <summary>The stream: what is new comes once, in order, also over a broken connection.</summary>
[Collection(nameof(RecordedDashboard))]
public sealed class StreamTests(RecordedDashboard run)
{
    private DashboardHost Host => run.Host;

    [Fact]
    public async Task a_decision_comes_once_and_a_viewer_that_was_away_goes_on_where_it_was()
    {
        await Host.GetAsync("/now");
        using var first = await OpenAsync(null);
        var one = await run.DecideAsync(60_001);
        var (id, seen) = await NextAsync(first, "decision", one);
        first.Dispose();
        var two = await run.DecideAsync(60_002);
        var three = await run.DecideAsync(60_003);
        await UntilAsync(three);

        using var again = await OpenAsync(id);
        var missed = new[] { await NextAsync(again, "decision", two), await NextAsync(again, "decision", three) };

        Assert.Equal(one, seen.GetProperty("tradeId").GetGuid());
        Assert.True(long.Parse(id!, System.Globalization.CultureInfo.InvariantCulture) < long.Parse(missed[0].Id!,
            System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task the_first_viewer_is_sent_what_happens_from_then_on_and_nothing_of_before()
    {
        // A dashboard of its own, which has read nothing yet.
        await using var host = await DashboardHost.StartAsync(run.Settings, run.Database);
        using var stream = await OpenAsync(null, host);
        await host.GetAsync("/now");
        var decided = await run.DecideAsync(60_004);

        Assert.Equal(decided, (await NextAsync(stream, "decision", null)).Data.GetProperty("tradeId").GetGuid());
    }

    [Fact]
    public async Task everything_for_viewers_comes_without_asking()
    {
        using var stream = await OpenAsync(null);
        var (_, now) = await NextAsync(stream, "now", null);
        var (_, beat) = await NextAsync(stream, "beat", null);
        Assert.Equal("recorded", now.GetProperty("mode").GetString());
        Assert.Equal(1, beat.GetProperty("progress").GetDouble());
    }

    [Fact]
    public async Task a_viewer_that_asks_for_what_is_not_kept_starts_again()
    {
        await Host.GetAsync("/now");
        using var stream = await OpenAsync("1");
        Assert.Equal("{}", (await NextAsync(stream, "reset", null)).Data.GetRawText());
        var wrong = await Host.AskAsync("/stream", headers: ("Last-Event-ID", "yesterday"));
        Assert.Equal(HttpStatusCode.BadRequest, wrong.Status);
    }

    [Fact]
    public void a_viewer_of_a_journal_that_is_not_read_yet_or_of_another_one_starts_again()
    {
        var hub = new Reading.StreamHub();
        hub.Join(40, isRead: false, out var early, out _);
        hub.ForgetUpTo(100);
        hub.Send(Reading.StreamMessage.Of("decision", 120, "{}"u8));
        hub.Join(100, isRead: true, out var same, out _);
        hub.Join(500, isRead: true, out var other, out _);
        hub.Join(null, isRead: false, out var first, out _);

        Assert.Null(early);
        Assert.Single(same!);
        Assert.Null(other);
        Assert.Empty(first!);
    }

    private async Task UntilAsync(Guid tradeId)
    {
        // The view shows it, so the stream has told it.
        while ((await Host.GetAsync("/decisions?limit=1")).GetProperty("items")[0].GetProperty("tradeId").GetGuid() != tradeId)
            await Task.Delay(20);
    }

    private async Task<StreamReader> OpenAsync(string? after, DashboardHost? host = null)
    {
        var question = new HttpRequestMessage(HttpMethod.Get, "/api/v1/stream");
        question.Headers.Authorization = new AuthenticationHeaderValue("Bearer", DashboardHost.Viewer);
        if (after is not null)
            question.Headers.Add("Last-Event-ID", after);
        var answer = await (host ?? Host).Http.SendAsync(question, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        return new StreamReader(await answer.Content.ReadAsStreamAsync());
    }

    private static async Task<(string? Id, JsonElement Data)> NextAsync(StreamReader stream, string kind, Guid? tradeId)
    {
        string? id = null, name = null;
        while (await stream.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal))
                id = line[4..];
            else if (line.StartsWith("event: ", StringComparison.Ordinal))
                name = line[7..];
            else if (line.Length == 0)
                (id, name) = (null, null);
            else if (line.StartsWith("data: ", StringComparison.Ordinal) && name == kind
                && JsonSerializer.Deserialize<JsonElement>(line[6..]) is var data
                && (tradeId is null || data.GetProperty("tradeId").GetGuid() == tradeId))
                return (id, data);
        }
        throw new InvalidOperationException($"the stream ended before {kind}");
    }
}
