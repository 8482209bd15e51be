using System.Net.Http.Headers;
using Trading.Hosting.Settings;

namespace Trading.Services.Feeds;

/// <summary>The time by the web servers of the sources of prices, from the header Date of any answer (RFC 9110, section 6.6.1).</summary>
public static class SourceClock
{
    // The header has no fraction of a second.
    private static readonly TimeSpan Half = TimeSpan.FromSeconds(0.5);

    /// <summary>
    /// How far the sources' clocks are ahead of this machine's, by the middle one of those that answer, so that a source whose clock is
    /// wrong says nothing about this machine; null when none answers.
    /// </summary>
    /// <param name="sources">Names of sources.</param>
    /// <param name="address">Address of a source; the public one when null.</param>
    /// <param name="clock">This machine's clock.</param>
    /// <param name="cancellation">Ends it: those that answered until then count.</param>
    public static async Task<(string Source, TimeSpan Offset)?> OffsetAsync(
        IReadOnlyList<string> sources, Func<string, Uri?> address, TimeProvider clock, CancellationToken cancellation)
    {
        using var http = LiveFeeds.NewHttpClient();
        var answers = await Task.WhenAll(sources.Select(source => AskAsync(http, source, address(source), clock, cancellation)));
        var known = answers.OfType<(string Source, TimeSpan Offset)>().OrderBy(one => one.Offset).ToList();
        // Of two in the middle the one that agrees with this machine: then two clocks say the same.
        return known.Count == 0 ? null
            : new[] { known[(known.Count - 1) / 2], known[known.Count / 2] }.MinBy(one => one.Offset.Duration());
    }

    private static async Task<(string Source, TimeSpan Offset)?> AskAsync(
        HttpClient http, string source, Uri? address, TimeProvider clock, CancellationToken cancellation)
    {
        try
        {
            using var question = new HttpRequestMessage(HttpMethod.Head, address ?? new(Named.Find<ISourceMaker>(source).PublicAddress));
            question.Headers.CacheControl = new CacheControlHeaderValue { NoCache = true };
            var (sent, begin) = (clock.GetUtcNow(), clock.GetTimestamp());
            using var answer = await http.SendAsync(question, cancellation);
            return answer.Headers.Date is { } date ? (source, date + Half - (sent + clock.GetElapsedTime(begin) / 2)) : null;
        }
        catch (Exception silent) when (silent is HttpRequestException or OperationCanceledException)
        {
            // Others may answer; the findings on the sources say why this one did not.
            return null;
        }
    }
}
