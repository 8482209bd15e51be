using System.Text.Json.Nodes;
using Trading.Aws;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Hosting.Stores;
using Trading.Journal.Events;
using Trading.Journal.Tables;
using Trading.Services.Models;
using Trading.TestKit.Aws;
using Trading.TestKit.Models;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Models;

/// <summary>The forecasters against servers that check their requests as AWS does.</summary>
public sealed class ModelForecasterTests : IAsyncLifetime
{
    private static readonly ForecastChecks Checks = new(20, 0.1);
    private static readonly DateTimeOffset Noon = new(2024, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private string _database = "";

    public async Task InitializeAsync()
    {
        _database = await PostgresServer.CreateDatabaseAsync();
        await using var history = new PriceHistory(_database);
        await history.PrepareAsync(CancellationToken.None);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData(BedrockApi.Converse, BedrockOutput.Tool, ModelServers.ModelId)]
    [InlineData(BedrockApi.Converse, BedrockOutput.JsonSchema, ModelServers.ModelId)]
    [InlineData(BedrockApi.Converse, BedrockOutput.Text, ModelServers.ModelId)]
    [InlineData(BedrockApi.InvokeModel, BedrockOutput.Tool, $"{ModelServers.ModelId} (claude-haiku-4-5-20251001)")]
    [InlineData(BedrockApi.InvokeModel, BedrockOutput.JsonSchema, $"{ModelServers.ModelId} (claude-haiku-4-5-20251001)")]
    [InlineData(BedrockApi.InvokeModel, BedrockOutput.Text, $"{ModelServers.ModelId} (claude-haiku-4-5-20251001)")]
    public async Task a_language_model_is_asked_through_both_operations_in_every_shape(BedrockApi api, BedrockOutput shape, string resolved)
    {
        await using var server = await ModelServers.BedrockAsync(_ => 1.5);
        var output = await AskAsync(server, api, shape);

        Assert.Empty(server.Refusals);
        Assert.Equal(new ModelOutput("bedrock", 61_915, Direction.Up, 0.8, null), output with { Provenance = null });
        Assert.Equal((resolved, 1200, 80, 1),
            (output.Provenance!.ModelId, output.Provenance.InputTokens, output.Provenance.OutputTokens, output.Provenance.Attempts));
        Assert.Contains("predicted_price", output.Provenance.RawText, StringComparison.Ordinal);
        Assert.Equal(64, output.Provenance.PromptSha256!.Length);
    }

    [Fact]
    public async Task the_changes_of_a_day_come_from_the_history()
    {
        await using var history = new PriceHistory(_database);
        foreach (var back in new[] { 0, 1, 3 })
            await history.AddAsync(InProcessSystem.Price(back == 1 ? 50_000 : 60_000, Noon.AddDays(-1).AddMinutes(-back)),
                CancellationToken.None);
        await using var server = await ModelServers.BedrockAsync(_ => 1.5);
        await AskAsync(server);

        Assert.Contains("oldest first, in percent: 1.636, 21.988, 1.667\\n", server.Requests.Single().Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("max_tokens")]
    [InlineData("refusal")]
    [InlineData("content_filtered")]
    [InlineData("guardrail_intervened")]
    [InlineData("model_context_window_exceeded")]
    public async Task a_model_that_was_stopped_abstains_whatever_it_had_said(string stopReason)
    {
        await using var server = await ModelServers.BedrockAsync(_ => 1.5);
        server.Next(ModelServers.Converse(ModelServers.Forecast(61_000, 1.5), stopReason));
        var output = await AskAsync(server);

        Assert.Equal($"the model stopped with {stopReason}", output.Abstained);
        Assert.Equal((1200, 80), (output.Provenance!.InputTokens, output.Provenance.OutputTokens));
    }

    [Fact]
    public async Task an_answer_in_words_with_json_in_them_is_understood()
    {
        await using var server = await ModelServers.BedrockAsync(_ => 1.5);
        server.Next(ModelServers.ConverseText(
            "Sure!\n```json\n{\"predicted_price\": \"61,500\", \"direction\": \"Up\", \"confidence\": 0.7}\n```"));

        Assert.Equal(new ModelOutput("bedrock", 61_500, Direction.Up, 0.7, null), (await AskAsync(server)) with { Provenance = null });
    }

    public static TheoryData<string, WireAnswer> Useless => new()
    {
        { "no forecast in the answer: I cannot predict prices.", ModelServers.ConverseText("I cannot predict prices.") },
        { "no forecast in the answer: {}", ModelServers.Converse(new JsonObject()) },
        { "the predicted price 6.1 lies -100 % from the current 61000, over 20 %",
            ModelServers.Converse(ModelServers.Forecast(6.1m, 0)) },
        { "the confidence 85 is not between 0 and 1", ModelServers.Converse(ModelServers.Forecast(61_000, 1, confidence: 85)) },
        { "the direction Down contradicts the predicted price 61610 (+1 %)",
            ModelServers.ConverseText("""{"predicted_price": 61610, "direction": "down", "confidence": 0.7}""") },
        { "the answer cannot be read", WireAnswer.Garbage() },
        { "the model stopped with nothing", WireAnswer.Ok("{}", "application/json") },
        { "403 AccessDeniedException: User: arn:aws:iam::123456789012:user/test is not authorized to perform this action",
            WireAnswer.Denied() },
        { "404 ResourceNotFoundException: This model version has reached the end of its life.",
            WireAnswer.Error(404, "ResourceNotFoundException", "This model version has reached the end of its life.") },
        { "400 ValidationException: Invocation with on-demand throughput isn't supported",
            WireAnswer.Error(400, "ValidationException", "Invocation with on-demand throughput isn't supported") },
    };

    [Theory]
    [MemberData(nameof(Useless))]
    public async Task what_cannot_be_used_is_an_abstention_with_its_reason(string reason, WireAnswer answer)
    {
        await using var server = await ModelServers.BedrockAsync(_ => 1.5);
        server.Next(answer);
        var output = await AskAsync(server);

        Assert.StartsWith(reason, output.Abstained, StringComparison.Ordinal);
        Assert.Equal((null, null, null, 1), (output.PredictedPrice, output.Direction, output.Confidence, output.Provenance!.Attempts));
    }

    [Fact]
    public async Task throttling_and_broken_connections_are_waited_out_within_the_deadline()
    {
        await using var server = await ModelServers.BedrockAsync(_ => 1.5);
        server.Next(WireAnswer.Error(429, "ThrottlingException", "Too many tokens, please wait before trying again."), WireAnswer.Broke());
        var output = await AskAsync(server);

        // The HTTP client itself sends again what broke on a connection that it had used before.
        Assert.Equal((null, 3), (output.Abstained, server.Requests.Count));
        Assert.InRange(output.Provenance!.Attempts, 2, 3);
    }

    [Fact]
    public async Task a_temperature_is_sent_only_when_it_is_set()
    {
        await using var server = await ModelServers.BedrockAsync(_ => 1.5);

        Assert.Null((await AskAsync(server)).Abstained);
        Assert.Equal("400 ValidationException: temperature is deprecated for this model.",
            (await AskAsync(server, temperature: 0.2)).Abstained);
    }

    [Theory]
    [InlineData(SageMakerShape.Chronos, 1.5, Direction.Up, 0.875)]
    [InlineData(SageMakerShape.Chronos, -1, Direction.Down, 0.75)]
    [InlineData(SageMakerShape.Instances, 1.5, Direction.Up, 0.7)]
    public async Task an_endpoint_is_asked_in_both_shapes(SageMakerShape shape, double movePercent, Direction direction, double confidence)
    {
        await using var server = await ModelServers.SageMakerAsync(_ => movePercent);
        var output = await AskEndpointAsync(server, shape);

        Assert.Empty(server.Refusals);
        Assert.Equal((direction, confidence), (output.Direction, Math.Round(output.Confidence!.Value, 9)));
        Assert.Equal(61_000 * (1 + movePercent / 100), output.PredictedPrice!.Value, 6);
        Assert.Equal(shape == SageMakerShape.Chronos ? "bitcoin-price-predictor (AllTraffic)" : "bitcoin-price-predictor",
            output.Provenance!.ModelId);
    }

    [Fact]
    public async Task an_endpoint_that_speaks_another_format_is_refused_with_what_came()
    {
        await using var server = await ModelServers.SageMakerAsync(_ => 1);
        server.Next(WireAnswer.Ok("""[{"label":"POSITIVE","score":0.99}]""", "application/json"),
            WireAnswer.Ok(new string('9', 100_000), "application/json"));

        Assert.Equal(
            "the answer is no forecast of the shape chronos: it has no \"predictions\" with one entry; "
            + "it was [{\"label\":\"POSITIVE\",\"score\":0.99}]",
            (await AskEndpointAsync(server, SageMakerShape.Chronos)).Abstained);
        Assert.True((await AskEndpointAsync(server, SageMakerShape.Chronos)).Abstained!.Length < 300);
    }

    [Fact]
    public async Task replicas_and_restarts_share_the_budget_of_a_day()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using var journal = new TradeJournal(database, new("test", "1"), TimeProvider.System);
        await using var server = await ModelServers.BedrockAsync(_ => 1.5);
        var budget = new ModelBudget(CallsPerDay: 3, TokensPerDay: 1_000_000);
        for (var call = 0; call < 3; call++)
            Assert.Null((await AskAsync(server, spending: new ModelSpending(journal, TimeProvider.System), budget: budget)).Abstained);
        var spending = new ModelSpending(journal, TimeProvider.System);
        var fourth = await AskAsync(server, spending: spending, budget: budget);

        Assert.Equal("not asked: the day's budget of 3 calls and 1000000 tokens is used up", fourth.Abstained);
        Assert.Equal((3, 0), (server.Requests.Count, fourth.Provenance!.Attempts));
        Assert.Equal((3, 3 * 1280L), await spending.TodayAsync("bedrock", CancellationToken.None));
        Assert.Null((await AskAsync(server, spending: new ModelSpending(journal, new Tomorrow()), budget: budget)).Abstained);
    }

    [Fact]
    public async Task tokens_are_a_budget_too()
    {
        await using var journal = new TradeJournal(await PostgresServer.CreateDatabaseAsync(), new("test", "1"), TimeProvider.System);
        await using var server = await ModelServers.BedrockAsync(_ => 1.5);
        var (spending, budget) = (new ModelSpending(journal, TimeProvider.System), new ModelBudget(100, TokensPerDay: 2000));
        await AskAsync(server, spending: spending, budget: budget);
        await AskAsync(server, spending: spending, budget: budget);

        Assert.StartsWith("not asked", (await AskAsync(server, spending: spending, budget: budget)).Abstained, StringComparison.Ordinal);
    }

    [Fact]
    public async Task tokens_that_could_not_be_written_are_counted_with_the_next_call_whatever_becomes_of_it()
    {
        await using var journal = new TradeJournal(await PostgresServer.CreateDatabaseAsync(), new("test", "1"), TimeProvider.System);
        var (spending, budget) = (new ModelSpending(journal, TimeProvider.System), new ModelBudget(100, TokensPerDay: 2000));
        Assert.Null(await spending.CountCallAsync("bedrock", budget, default));
        await spending.CountTokensAsync("bedrock", 5000, new(canceled: true));
        Assert.Equal((1, 0L), await spending.TodayAsync("bedrock", default));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => spending.CountCallAsync("bedrock", budget, new(canceled: true)));
        for (var call = 0; call < 2; call++)
            Assert.StartsWith("not asked: the day's budget", await spending.CountCallAsync("bedrock", budget, default),
                StringComparison.Ordinal);
        // Other replicas see them, too.
        Assert.StartsWith("not asked: the day's budget",
            await new ModelSpending(journal, TimeProvider.System).CountCallAsync("bedrock", budget, default), StringComparison.Ordinal);
        Assert.Equal((1, 5000L), await spending.TodayAsync("bedrock", default));
    }

    [Fact]
    public async Task the_tokens_of_an_answer_that_comes_after_midnight_are_counted()
    {
        await using var journal = new TradeJournal(await PostgresServer.CreateDatabaseAsync(), new("test", "1"), TimeProvider.System);
        var clock = new ManualTime(new(2024, 3, 1, 23, 59, 59, TimeSpan.Zero));
        var (spending, budget) = (new ModelSpending(journal, clock), new ModelBudget(100, TokensPerDay: 2000));
        Assert.Null(await spending.CountCallAsync("bedrock", budget, default));
        clock.Advance(TimeSpan.FromSeconds(2));
        await spending.CountTokensAsync("bedrock", 2000, default);

        Assert.Equal((0, 2000L), await spending.TodayAsync("bedrock", default));
        Assert.StartsWith("not asked", await spending.CountCallAsync("bedrock", budget, default), StringComparison.Ordinal);
    }

    private async Task<ModelOutput> AskAsync(
        ProtocolServer server, BedrockApi api = BedrockApi.Converse, BedrockOutput shape = BedrockOutput.Tool, double? temperature = null,
        ModelSpending? spending = null, ModelBudget? budget = null)
    {
        var options = new BedrockOptions(ProtocolServer.Region, server.Url, ModelServers.ModelId, api, shape, 1000, temperature);
        using var bedrock = new Bedrock(options);
        await using var history = new PriceHistory(_database);
        var remote = new RemoteModel(BedrockForecaster.ModelName, budget ?? new(100, 1_000_000), spending, TimeProvider.System);
        return await new BedrockForecaster(bedrock, options, remote, new DayChanges(new PostgresPrices(history)), Checks)
            .ForecastAsync(Question(), CancellationToken.None);
    }

    private static async Task<ModelOutput> AskEndpointAsync(ProtocolServer server, SageMakerShape shape)
    {
        var options = new SageMakerOptions(ProtocolServer.Region, server.Url, "bitcoin-price-predictor");
        using var endpoint = new SageMaker(options);
        var remote = new RemoteModel(SageMakerForecaster.ModelName, new(100, 1_000_000), spending: null, TimeProvider.System);
        return await new SageMakerForecaster(endpoint, options, shape, remote, Checks).ForecastAsync(Question(), CancellationToken.None);
    }

    // 100 prices that rise by 0.01 % a minute to 61,000.
    private static ForecastQuestion Question()
    {
        var window = new PriceWindow(new(60, 60));
        for (var back = 99; back >= 0; back--)
            window.Add(Noon.AddMinutes(-back).ToUnixTimeSeconds(), 61_000 * (1 - back * 0.0001m));
        return new(InProcessSystem.Price(61_000, Noon), window.Summarize(), window.Prices(), 3600, Noon.AddMinutes(2));
    }

    private sealed class Tomorrow : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddDays(1);
    }
}
