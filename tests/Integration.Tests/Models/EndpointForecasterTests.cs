using Trading.Aws;
using Trading.Contracts;
using Trading.Hosting.Settings;
using Trading.Services.Models;
using Trading.TestKit.Aws;
using Trading.TestKit.Models;
using Xunit;

namespace Trading.Integration.Tests.Models;

/// <summary>Endpoints behind a server that checks requests as AWS does.</summary>
public sealed class EndpointForecasterTests : ModelForecasterTest
{
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

    private static async Task<ModelOutput> AskEndpointAsync(ProtocolServer server, SageMakerShape shape)
    {
        var options = new SageMakerOptions(ProtocolServer.Region, server.Url, "bitcoin-price-predictor");
        using var endpoint = new SageMaker(options);
        var remote = new RemoteModel(SageMakerForecaster.ModelName, new(100, 1_000_000), spending: null, TimeProvider.System);
        return await new SageMakerForecaster(endpoint, options, shape, remote, Checks).ForecastAsync(Question(), CancellationToken.None);
    }
}
