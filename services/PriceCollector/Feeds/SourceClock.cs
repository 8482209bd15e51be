using System.Net.Http.Headers;
using Trading.Hosting.Settings;

namespace Trading.Services.Feeds;

/// <summary>The time by the web servers of the sources of prices, from the header Date of any answer (RFC 9110, section 6.6.1).</summary>
public static class SourceClock
{
    // The header has no fraction of a second.
    private static readonly TimeSpan Half = TimeSpan.FromSeconds(0.5);

    /// <summary>How far the clock of the first source that answers is ahead of this machine's; null when none answers.</summary>
    /// <param name="sources">Names of sources.</param>
    /// <param name="address">Address of a source; the public one when null.</param>
    /// <param name="clock">This machine's clock.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<(string Source, TimeSpan Offset)?> OffsetAsync(
        IReadOnlyList<string> sources, Func<string, Uri?> address, TimeProvider clock, CancellationToken cancellation)
    {
        using var http = LiveFeeds.NewHttpClient();
        foreach (var source in sources)
        {
            try
            {
                using var question = new HttpRequestMessage(
                    HttpMethod.Head, address(source) ?? new(Named.Find<ISourceMaker>(source).PublicAddress));
                question.Headers.CacheControl = new CacheControlHeaderValue { NoCache = true };
                var sent = clock.GetUtcNow();
                using var answer = await http.SendAsync(question, cancellation);
                var middle = sent + (clock.GetUtcNow() - sent) / 2;
                if (answer.Headers.Date is { } date)
                    return (source, date + Half - middle);
            }
            catch (HttpRequestException)
            {
                // The next one may answer; the findings on the sources say why this one did not.
            }
        }
        return null;
    }
}
