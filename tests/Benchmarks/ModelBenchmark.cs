using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Aws;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting;
using Trading.Hosting.Settings;
using Trading.Hosting.Stores;
using Trading.Journal.Events;
using Trading.Journal.Tables;
using Trading.Services;
using Trading.Services.Exchanges;
using Trading.Services.Feeds;
using Trading.Services.Models;

namespace Trading.Benchmarks;

/// <summary>
/// How long a prediction takes with all models, as Predictor asks them (signed requests to local servers, budgets counted in PostgreSQL,
/// the day's changes read from it): when every model answers at once, and how far beyond the deadline when one or all of those outside
/// never do.
/// </summary>
public static class ModelBenchmark
{
    private const int Predictions = 300;
    private const int LatePredictions = 20;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(1);

    /// <summary>Runs the benchmark.</summary>
    public static async Task<int> RunAsync()
    {
        // The SDK's chain finds them; the servers here do not look at signatures.
        foreach (var name in new[] { "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY" })
            Environment.SetEnvironmentVariable(name, "local");
        var folder = Directory.CreateTempSubdirectory("trading-benchmark-");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_101_101);
        try
        {
            var settings = new TradingSettings
            { Feed = FeedKind.Simulated, JournalFolder = folder.FullName, ModelCallsPerDay = 1_000_000, ModelTokensPerDay = int.MaxValue };
            await using var server = await JournalServer.StartAsync(settings, TimeProvider.System.GetUtcNow(),
                NullLogger.Instance, CancellationToken.None);
            await using var journal = new TradeJournal(server.ConnectionString, new("benchmark", "1"), TimeProvider.System);
            await using var history = new PriceHistory(server.ConnectionString);
            await history.PrepareAsync(CancellationToken.None);
            var hanging = new HashSet<string>();
            await using var models = await ServeAsync(hanging);
            var address = models.Urls.Single();
            var (bedrockOptions, sageMakerOptions) = ((settings with { BedrockServiceUrl = address }).Bedrock(),
                (settings with { SageMakerServiceUrl = address }).SageMaker());
            using var bedrock = new Bedrock(bedrockOptions);
            using var sageMaker = new SageMaker(sageMakerOptions);
            using var http = HttpForecaster.Client();
            var (checks, spending) = (new ForecastChecks(20, 0.1), new ModelSpending(journal, TimeProvider.System));
            RemoteModel Remote(string name) =>
                new(name, new(settings.ModelCallsPerDay, settings.ModelTokensPerDay), spending, TimeProvider.System);
            var forecasters = new Forecasters(
            [
                new BedrockForecaster(bedrock, bedrockOptions, Remote("bedrock"), new DayChanges(new PostgresPrices(history)), checks),
                new SageMakerForecaster(sageMaker, sageMakerOptions, SageMakerShape.Chronos, Remote("huggingface"), checks),
                new HttpForecaster(http, new($"{address}/predict"), _ => Task.FromResult<string?>(null), Remote("http"), checks),
                new ComputedForecaster("technical", question => TechnicalModel.Output(question.Window, question.Price.Price)),
            ], Deadline, TimeProvider.System);

            await MeasureAsync(forecasters, 20, answering: null); // warms all up: the first answers may be late
            var all = await MeasureAsync(forecasters, Predictions, 4);
            Print($"all four models answer at once   {PipelineBenchmark.Quantile(all, 0.5),8:0.0} ms p50, "
                + $"{PipelineBenchmark.Quantile(all, 0.99):0.0} ms p99, {all.Max():0.0} ms at most ({Predictions} predictions)");
            hanging.Add("bedrock");
            Print($"one never answers                {Late(await MeasureAsync(forecasters, LatePredictions, 3))}");
            hanging.UnionWith(["huggingface", "http"]);
            Print($"only the computed one answers    {Late(await MeasureAsync(forecasters, LatePredictions, 1))}");
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<List<double>> MeasureAsync(Forecasters forecasters, int predictions, int? answering)
    {
        var times = new List<double>();
        for (var prediction = 0; prediction < predictions; prediction++)
        {
            var question = Question();
            var started = Stopwatch.GetTimestamp();
            var outputs = await forecasters.AskAsync(question, CancellationToken.None);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            if (answering is { } expected && outputs.Count(output => output.Abstained is null) != expected)
                throw new InvalidOperationException($"{answering} models should answer: {string.Join("; ", outputs)}");
        }
        return times;
    }

    private static async Task<WebApplication> ServeAsync(HashSet<string> hanging)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var steps = string.Join(',', Enumerable.Repeat("61100", 60));
        var (low, high) = (steps.Replace("611", "600", StringComparison.Ordinal), steps.Replace("611", "620", StringComparison.Ordinal));
        Map("bedrock", "/model/{id}/converse", """
            {"output":{"message":{"role":"assistant","content":[{"toolUse":{"toolUseId":"1","name":"predict_price","input":
            {"reasoning":"","predicted_price":61100,"direction":"up","confidence":0.6}}}]}},
            "stopReason":"tool_use","usage":{"inputTokens":1200,"outputTokens":80,"totalTokens":1280}}
            """);
        Map("huggingface", "/endpoints/{name}/invocations",
            $$"""{"predictions":[{"mean":[{{steps}}],"0.1":[{{low}}],"0.5":[{{steps}}],"0.9":[{{high}}]}]}""");
        Map("http", "/predict", """{"predictedPrice":61100,"confidence":0.6}""");
        await app.StartAsync();
        return app;

        void Map(string model, string path, string answer) => app.MapPost(path, async context =>
        {
            if (hanging.Contains(model))
                await new TaskCompletionSource().Task.WaitAsync(context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(answer);
        });
    }

    // A full window of minutes up to now.
    private static ForecastQuestion Question()
    {
        var newest = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() / 60 * 60);
        var window = new PriceWindow(new(60, 60));
        for (var back = window.Rules.Capacity - 1; back >= 0; back--)
            window.Add(newest.AddMinutes(-back).ToUnixTimeSeconds(), 61_000 - back);
        var price = new PriceObserved(
            DerivedId.Price("BTC-USD", 60, newest), "BTC-USD", newest, 60, newest, 61_000, "USD", null, null, null,
            Simulated: true, new(60, 1, 1, ["USD"]),
            [new(new("simulated", "USD", 61_000, null, null, null, newest), null)], []);
        return new(price, window.Summarize(), window.Prices(), 3600, newest.AddMinutes(10));
    }

    private static string Late(List<double> times) => string.Create(CultureInfo.InvariantCulture,
        $"{PipelineBenchmark.Quantile(times, 0.5),8:0.0} ms p50, {times.Max():0.0} ms at most: "
        + $"{times.Max() - Deadline.TotalMilliseconds:0.0} ms beyond the deadline of "
        + $"{Deadline.TotalMilliseconds:0} ms ({times.Count} predictions)");

    private static void Print(string text) => Console.WriteLine(text);
}
