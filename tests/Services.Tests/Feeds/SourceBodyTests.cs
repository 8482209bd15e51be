using System.IO.Compression;
using System.Text;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Services.Tests.Feeds;

/// <summary>Answers of a source that are too long, packed, damaged, or lead elsewhere.</summary>
public sealed class SourceBodyTests : LiveSourceTest
{
    [Fact]
    public async Task a_redirect_is_not_followed()
    {
        var feed = await Start(LocalServer.Answer(302, "", ("Location", "/elsewhere")), Ok);

        Assert.Equal("HTTP 302 Found: redirects are not followed", await Failure(feed));
        Assert.Equal(1, _server!.Count);
    }

    [Fact]
    public async Task an_endless_answer_is_not_read_to_its_end()
    {
        var feed = await Start(async context =>
        {
            var chunk = Encoding.UTF8.GetBytes(new string(' ', 64 * 1024));
            while (!context.RequestAborted.IsCancellationRequested)
                await context.Response.Body.WriteAsync(chunk);
        });

        Assert.Equal("unreadable answer: longer than 256 KB", await Failure(feed));
        Assert.Equal(1, _server!.Count);
    }

    [Fact]
    public async Task a_refusal_of_any_length_is_still_that_refusal()
    {
        var feed = await Start(LocalServer.Answer(403, new string('x', 1_000_000)));

        Assert.Equal("HTTP 403 Forbidden: the source refuses this address or key", await Failure(feed));
    }

    [Fact]
    public async Task an_answer_that_grows_when_unpacked_is_cut_off()
    {
        var feed = await Start(async context =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            await context.Response.Body.WriteAsync(Compressed(new string(' ', 50_000_000)));
        });

        Assert.Equal("unreadable answer: longer than 256 KB", await Failure(feed));
    }

    [Fact]
    public async Task a_compressed_answer_is_read()
    {
        var feed = await Start(async context =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            await context.Response.Body.WriteAsync(Compressed(Good));
        });

        Assert.Equal(50000.10m, (await Ask(feed)).Price);
    }

    [Fact]
    public async Task a_damaged_compressed_answer_is_named()
    {
        var feed = await Start(async context =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes("this is not gzip at all"));
        });

        Assert.Equal("unreadable answer: its compression is damaged", await FailureAfterRetries(feed));
    }

    private static byte[] Compressed(string text)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return compressed.ToArray();
    }
}
