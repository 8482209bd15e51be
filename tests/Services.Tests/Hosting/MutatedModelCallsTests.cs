using System.Text;
using Trading.Contracts;
using Trading.Services.Models;
using Trading.Services.Tests.Models;
using Trading.TestKit.Data;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Services.Tests.Hosting;

/// <summary>Malformed answers to the calls of models, down to what is no HTTP.</summary>
public sealed class MutatedModelCallsTests : MutatedCallsTest
{
    private static readonly ForecastChecks Checks = new(20, 0.1);

    private static readonly string Chronos =
        $$"""{"predictions":[{"0.1":[{{Sixty(99)}}],"0.5":[{{Sixty(101)}}],"0.9":[{{Sixty(103)}}]}]}""";

    [Theory]
    [InlineData("chronos", null)]
    [InlineData("instances", """{"predictions":[{"predicted_price":101,"confidence":0.7}]}""")]
    public async Task a_model_on_sagemaker_gives_a_forecast_or_abstains(string format, string? said)
    {
        var (question, text) = (Questions.About(100), said ?? Chronos);
        var (mutator, forecasts) = (new JsonMutator(text.Length), 0);
        var remote = new RemoteModel("sagemaker", new(10, 10), spending: null, TimeProvider.System);
        for (var number = 0; number < Cases; number++)
        {
            var answer = number == 0 ? text : Encoding.UTF8.GetString(mutator.Next(text));
            var output = await remote.AskAsync("endpoint", "question", _ => Task.FromResult(new RemoteAnswer("endpoint", answer)), Of,
                default);
            Sound(output);
            forecasts += output.Abstained is null ? 1 : 0;
        }
        Assert.InRange(forecasts, 1, Cases - 1);

        ModelOutput Of(RemoteAnswer answer) => (format == "chronos"
            ? ChronosFormat.Answer(answer.Text, question, Checks, out var wrong)
            : InstancesFormat.Answer(answer.Text, 100, Checks, out wrong)) is { } forecast
            ? Checks.Output("sagemaker", 100, forecast.PredictedPrice, forecast.Direction, forecast.Confidence)
            : remote.Abstains(wrong);
    }

    [Fact]
    public async Task a_model_behind_a_url_gives_a_forecast_or_abstains_whatever_is_on_the_wire()
    {
        var (json, wire) = (new JsonMutator(5), new TextMutator(5));
        await using var server = new RawServer(() => Wire(json, wire, """{"predictedPrice":101,"confidence":0.6,"direction":"up"}"""));
        using var http = new HttpClient { Timeout = HangGuard.Limit };
        for (var number = 0; number < Calls; number++)
        {
            // One that may pass is tried again; an answer that stays away ends with the deadline.
            using var deadline = new CancellationTokenSource();
            var asked = new HttpForecaster(http, server.Address, _ => Task.FromResult<string?>(null),
                new RemoteModel(HttpForecaster.ModelName, new(10, 10), spending: null, new Hasty()), Checks);
            Sound(await asked.ForecastAsync(Questions.About(100), deadline.Token));
        }
    }

    private static void Sound(ModelOutput output)
    {
        Assert.True(output.Abstained is not null || (output.PredictedPrice is > 79 and < 121 && output.Confidence is >= 0 and <= 1));
        foreach (var kept in new[] { output.Abstained, output.Provenance!.RawText }.OfType<string>())
            Assert.Equal(kept, ModelText.Storable(kept));
    }

    private static string Sixty(int last) => string.Join(',', Enumerable.Repeat(100, 59).Append(last));
}
