using Trading.TestKit.Aws;
using Trading.TestKit.Models;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Models;

/// <summary>The ensemble when one of its models cannot be reached or says nothing of use.</summary>
public sealed class ModelOutageTests : SerialTest
{
    // Models that answer do so within it on a slow machine too.
    private const int DeadlineSeconds = 5;

    public static TheoryData<string, string> Outages => new()
    {
        { "away", "no answer before the deadline" },
        { "wrong credentials", "403 UnrecognizedClientException: The security token included in the request is invalid." },
        { "throttled", "no answer before the deadline" },
        { "slow", "no answer before the deadline" },
        { "garbage", "the answer cannot be read" },
        { "refusing", "the model stopped with refusal" },
        { "cut off", "the model stopped with max_tokens" },
        { "failing", "no answer before the deadline" },
    };

    [Theory]
    [MemberData(nameof(Outages))]
    public async Task a_model_that_is_not_as_it_should_be_is_missing_with_the_reason_and_the_others_go_on(string outage, string reason)
    {
        await using var bedrock = await BrokenAsync(outage, "bedrock");
        await using var sageMaker = await ModelServers.SageMakerAsync(_ => 1.5);
        // Decisions at the minutes 60 and 120; at the second one all models would have enough prices.
        var settings = InProcessSystem.Recorded(InProcessSystem.WriteCandles(Folder, minutes: 125, seed: 9)).With(bedrock, sageMaker) with
        { DecisionIntervalSeconds = 3600, ModelDeadlineSeconds = DeadlineSeconds };
        var url = bedrock.Url;
        if (outage == "away")
            await bedrock.DisposeAsync();
        var journal = await InProcessSystem.PlayAsync(settings with { BedrockServiceUrl = url },
            await PostgresServer.CreateDatabaseAsync());

        Assert.Equal(2, ToldPredictions.Of(journal).Count);
        var prediction = ToldPredictions.Of(journal).MaxBy(prediction => prediction.Price.IntervalStart)!;
        Assert.StartsWith(reason, prediction.Models[0].Abstained, StringComparison.Ordinal);
        Assert.True(prediction.Models[0].Provenance is null or { Attempts: >= 1 });
        Assert.Equal(["bedrock", "huggingface", "technical"], prediction.Models.Select(output => output.Model));
        Assert.All(prediction.Models.Skip(1), output => Assert.Null(output.Abstained));
        Assert.Equal(2, prediction.Ensemble!.ModelsAnswered);
        journal.AddsUp(settings.StartingCashUsd);
        journal.ReplaysWithoutDifference();
    }

    [Theory]
    [InlineData("garbage",
        "the answer is no forecast of the shape chronos: it is no JSON; it was <html><body>Welcome to nginx!</body></html>")]
    [InlineData("throttled", "no answer before the deadline")]
    [InlineData("failing", "no answer before the deadline")]
    [InlineData("wrong credentials", "403 UnrecognizedClientException")]
    public async Task an_endpoint_that_is_not_as_it_should_be_leaves_the_decision_to_the_others(string outage, string reason)
    {
        await using var bedrock = await ModelServers.BedrockAsync(_ => 1.5);
        await using var sageMaker = await BrokenAsync(outage, "sagemaker");
        var settings = InProcessSystem.Recorded(InProcessSystem.WriteCandles(Folder, minutes: 125, seed: 9)).With(bedrock, sageMaker) with
        { DecisionIntervalSeconds = 3600, ModelDeadlineSeconds = DeadlineSeconds };
        var journal = await InProcessSystem.PlayAsync(settings, await PostgresServer.CreateDatabaseAsync());

        var prediction = ToldPredictions.Of(journal).MaxBy(prediction => prediction.Price.IntervalStart)!;
        Assert.StartsWith(reason, prediction.Models[1].Abstained, StringComparison.Ordinal);
        Assert.Null(prediction.Models[0].Abstained);
        Assert.Null(prediction.Models[2].Abstained);
        journal.AddsUp(settings.StartingCashUsd);
        journal.ReplaysWithoutDifference();
    }

    private static async Task<ProtocolServer> BrokenAsync(string outage, string signingName)
    {
        var server = await ProtocolServer.StartAsync(new(signingName), _ => outage switch
        {
            "throttled" => WireAnswer.Error(429, "ThrottlingException", "Too many tokens, please wait before trying again."),
            "slow" => ModelServers.Converse(ModelServers.Forecast(60_000, 1)) with { Until = new TaskCompletionSource().Task },
            "garbage" => WireAnswer.Garbage(),
            "refusing" => ModelServers.ConverseText("I cannot give financial advice.", "refusal"),
            "cut off" => ModelServers.ConverseText("{\"reasoning\": \"The price has", "max_tokens"),
            "failing" => WireAnswer.Failing(),
            _ => ModelServers.Converse(ModelServers.Forecast(60_000, 1)),
        });
        server.Keys = outage == "wrong credentials" ? [new("another", "key")] : [AwsKey.Example];
        return server;
    }
}
