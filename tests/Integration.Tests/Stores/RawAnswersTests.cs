using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Amazon.S3;
using Trading.Aws;
using Trading.Hosting.Stores;
using Trading.TestKit.Aws;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Stores;

/// <summary>The raw answers of the sources: in S3, and in a folder with the same keys.</summary>
public sealed class RawAnswersTests : IDisposable
{
    private const string Key = "raw-prices/2024/03/01/1709251200.json";
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeSeconds(1_709_251_200);
    private readonly string _folder = Directory.CreateTempSubdirectory("trading-test-").FullName;

    [Theory, On("fauxqs"), OnMoto]
    public async Task an_object_holds_every_answer_of_a_collection_exactly_as_it_came(string server)
    {
        var (place, bucket) = (await StoreServers.PlaceAsync(server), StoreServers.NewName("raw"));
        using var sink = new S3RawAnswers(new S3Folder(place, bucket), create: true, gzip: false);
        await sink.PrepareAsync(default);
        await sink.PrepareAsync(default);

        await sink.WriteAsync([Collected()], default);
        await sink.WriteAsync([Collected()], default);

        using var client = new AmazonS3Client(
            new AmazonS3Config { ServiceURL = place.Url, AuthenticationRegion = place.Region, ForcePathStyle = true });
        using var stored = await client.GetObjectAsync(bucket, Key);
        using var content = new MemoryStream();
        await stored.ResponseStream.CopyToAsync(content);
        Assert.Equal("application/json", stored.Headers.ContentType);
        AssertAnswers(content.ToArray());
    }

    [Fact]
    public async Task a_folder_holds_the_same_objects_under_the_same_keys()
    {
        await new FolderRawAnswers(_folder, gzip: false).WriteAsync([Collected()], default);

        AssertAnswers(await File.ReadAllBytesAsync(Path.Combine(_folder, Key)));
    }

    [Fact]
    public async Task compressed_objects_say_so_by_their_key()
    {
        await new FolderRawAnswers(_folder, gzip: true).WriteAsync([Collected()], default);

        using var file = new GZipStream(File.OpenRead(Path.Combine(_folder, Key + ".gz")), CompressionMode.Decompress);
        using var content = new MemoryStream();
        await file.CopyToAsync(content);
        AssertAnswers(content.ToArray());
    }

    [Fact]
    public async Task a_request_to_s3_is_signed_over_its_content()
    {
        await using var server = await ProtocolServer.StartAsync(new("s3"), _ => new(200, "application/xml", ""));
        using var sink = new S3RawAnswers(new S3Folder(new(ProtocolServer.Region, server.Url), "bucket"), create: false, gzip: false);

        await sink.WriteAsync([Collected()], default);

        Assert.Empty(server.Refusals);
        var request = Assert.Single(server.Requests);
        Assert.Equal(("PUT", $"/bucket/{Key}"), (request.Method, request.RawPath));
        Assert.Equal("*", request.Headers["If-None-Match"]);
        AssertAnswers(request.Body);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Collected Collected() => new(At, [], [
        Answer("coingecko", 200, "{ \"bitcoin\" : {\"usd\":61000.50,\"usd\\u005fx\":1e2} }\n"u8),
        Answer("kraken", 502, "<html>Bad Gateway</html>"u8),
        Answer("binance", 200, [0xff, 0xfe, 0x00])]);

    private static void AssertAnswers(byte[] content)
    {
        var root = JsonDocument.Parse(content).RootElement;
        Assert.Equal(At.ToUnixTimeSeconds(), root.GetProperty("timestamp").GetInt64());
        var answers = root.GetProperty("answers").EnumerateArray().ToList();
        Assert.Equal([("BTC-USD", "coingecko", 200), ("BTC-USD", "kraken", 502), ("BTC-USD", "binance", 200)],
            answers.Select(answer => (answer.GetProperty("symbol").GetString()!, answer.GetProperty("source").GetString()!,
                answer.GetProperty("status").GetInt32())));
        Assert.Contains("\"body\":{ \"bitcoin\" : {\"usd\":61000.50,\"usd\\u005fx\":1e2} }\n}",
            Encoding.UTF8.GetString(content), StringComparison.Ordinal);
        Assert.Equal("<html>Bad Gateway</html>", answers[1].GetProperty("text").GetString());
        Assert.Equal([0xff, 0xfe, 0x00], answers[2].GetProperty("base64").GetBytesFromBase64());
    }

    private static RawAnswer Answer(string source, int status, ReadOnlySpan<byte> body) =>
        new("BTC-USD", source, new("https://example.com/price", status, At, body.ToArray()));
}
