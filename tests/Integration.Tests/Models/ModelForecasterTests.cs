using System.Text.Json.Nodes;
using Trading.Aws;
using Trading.Contracts;
using Trading.Journal.Tables;
using Trading.TestKit.Aws;
using Trading.TestKit.Models;
using Trading.TestKit.Pipeline;
using Xunit;

namespace Trading.Integration.Tests.Models;

/// <summary>Language models behind a server that checks requests as AWS does.</summary>
public sealed class ModelForecasterTests : ModelForecasterTest
{
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
}
