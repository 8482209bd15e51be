using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Trading.Contracts;
using Trading.Core;
using Trading.Services.Models;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Services.Tests.Models;

/// <summary>A model behind a URL.</summary>
public sealed class HttpForecasterTests
{
    private static readonly ForecastChecks Checks = new(20, 0.1);

    [Fact]
    public async Task the_example_of_the_documents_answers()
    {
        await using var app = ExampleModelServer.Build(["--urls", "http://127.0.0.1:0", "--Logging:LogLevel:Default", "None"]);
        await app.StartAsync();
        var output = await AskAsync(new(new Uri(app.Urls.Single()), "/predict"));

        Assert.Equal((Direction.Up, null), (output.Direction, output.Abstained));
        Assert.InRange(output.PredictedPrice!.Value, 100.5, 101);
        Assert.Equal((1.0, "127.0.0.1 (drift-1)", 1), (output.Confidence, output.Provenance!.ModelId, output.Provenance.Attempts));
        Assert.Equal("it abstains: needs 30 prices",
            (await AskAsync(new(new Uri(app.Urls.Single()), "/predict"), Questions.About(100, minutes: 29))).Abstained);
    }

    [Fact]
    public void the_documents_show_the_example_as_it_is()
    {
        var source = File.ReadAllText(Path.Combine(Root(), "tests", "Services.Tests", "Models", "ExampleModelServer.cs"))
            .ReplaceLineEndings("\n");

        Assert.Contains(source[source.IndexOf("\npublic static class", StringComparison.Ordinal)..],
            File.ReadAllText(Path.Combine(Root(), "docs", "models.md")).ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task the_request_has_what_the_documents_say_and_the_key()
    {
        var body = "";
        await using var server = await LocalServer.StartAsync(async context =>
        {
            body = await new StreamReader(context.Request.Body, Encoding.UTF8).ReadToEndAsync();
            await context.Response.WriteAsync("""{"predictedPrice":101,"confidence":0.6,"direction":"up"}""");
        });
        var output = await AskAsync(new(server.Address, "/v1/predict"), key: "key");

        var question = Questions.About(100);
        Assert.Equal(new ModelOutput("http", 101, Direction.Up, 0.6, null), output with { Provenance = null });
        var seen = Assert.Single(server.Seen);
        Assert.Equal(("/v1/predict", "Bearer key", $"{DerivedId.Prediction(question.Price.PriceId)}"),
            (seen.Path, seen.Headers["Authorization"], seen.Headers["Idempotency-Key"]));
        var json = JsonDocument.Parse(body).RootElement;
        Assert.Equal(["predictionId", "symbol", "price", "time", "intervalSeconds", "horizonSeconds", "indicators", "prices"],
            json.EnumerateObject().Select(member => member.Name));
        Assert.Equal((100, 100.0),
            (json.GetProperty("prices").GetArrayLength(), json.GetProperty("prices")[99].GetProperty("price").GetDouble()));
        Assert.Equal(ModelText.Sha256(body), output.Provenance!.PromptSha256);
    }

    [Theory]
    [InlineData("<html>hello</html>", "the answer is no JSON object: <html>hello</html>")]
    [InlineData("[]", "the answer is no JSON object: []")]
    [InlineData("", "the answer is no JSON object: nothing")]
    [InlineData("""{"predictedPrice":"101","confidence":0.6}""",
        """no predictedPrice or no confidence in the answer: {"predictedPrice":"101","confidence":0.6}""")]
    [InlineData("""{"predictedPrice":101}""", """no predictedPrice or no confidence in the answer: {"predictedPrice":101}""")]
    [InlineData("""{"predictedPrice":101,"confidence":0.6,"direction":"sideways"}""",
        "the direction must be up, down or stable, was sideways")]
    [InlineData("""{"predictedPrice":101,"confidence":0.6,"direction":7}""", "the direction must be up, down or stable, was 7")]
    [InlineData("""{"predictedPrice":101,"confidence":0.6,"direction":"down"}""",
        "the direction Down contradicts the predicted price 101 (+1 %)")]
    [InlineData("""{"predictedPrice":1e300,"confidence":0.6}""", null)]
    public async Task an_answer_that_means_nothing_is_an_abstention(string body, string? reason)
    {
        await using var server = await LocalServer.StartAsync(LocalServer.Answer(200, body));
        var output = await AskAsync(server.Address);

        Assert.Null(output.PredictedPrice);
        Assert.Equal(reason ?? output.Abstained, output.Abstained);
        Assert.Equal(body, output.Provenance!.RawText);
    }

    [Theory]
    [InlineData(404, "HTTP 404: gone")]
    [InlineData(401, "HTTP 401: gone")]
    public async Task a_refusal_is_not_tried_again(int status, string reason)
    {
        await using var server = await LocalServer.StartAsync(LocalServer.Answer(status, "gone"));

        Assert.Equal(reason, (await AskAsync(server.Address)).Abstained);
        Assert.Equal(1, server.Count);
    }

    [Fact]
    public async Task a_failure_that_passes_is_waited_out()
    {
        await using var server = await LocalServer.StartAsync(LocalServer.Answer(503), LocalServer.Reset(),
            LocalServer.Answer(200, """{"predictedPrice":101,"confidence":0.6}"""));
        var time = new ManualTime(Questions.Noon);
        using var http = new HttpClient();
        var answer = Forecaster(http, server.Address, null, time).ForecastAsync(Questions.About(100), CancellationToken.None);
        for (var attempt = 1; attempt < 3; attempt++)
        {
            await time.WaitedFor(_ => true);
            time.Advance(TimeSpan.FromSeconds(2));
        }

        Assert.Equal((101, 3), ((await answer).PredictedPrice, (await answer).Provenance!.Attempts));
    }

    private static async Task<ModelOutput> AskAsync(Uri address, ForecastQuestion? question = null, string? key = null)
    {
        using var http = new HttpClient { DefaultRequestVersion = HttpVersion.Version11 };
        return await Forecaster(http, address, key, TimeProvider.System)
            .ForecastAsync(question ?? Questions.About(100), CancellationToken.None);
    }

    private static HttpForecaster Forecaster(HttpClient http, Uri address, string? key, TimeProvider time) =>
        new(http, address, _ => Task.FromResult(key), new RemoteModel(HttpForecaster.ModelName, new(10, 10), spending: null, time), Checks);

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Trading.sln")))
            folder = folder.Parent;
        return folder.FullName;
    }
}
