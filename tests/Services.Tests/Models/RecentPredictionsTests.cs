using Trading.Contracts;
using Trading.Core;
using Trading.Services.Scoring;
using Xunit;

namespace Trading.Services.Tests.Models;

/// <summary>A price that is delivered again does not ask the models again.</summary>
public sealed class RecentPredictionsTests
{
    private readonly RecentPredictions _recent = new();
    private int _made;

    [Fact]
    public async Task a_second_delivery_gets_the_prediction_of_the_first()
    {
        var first = await Get(1);

        Assert.Same(first, await Get(1));
        Assert.Equal(1, _made);
    }

    [Fact]
    public async Task a_delivery_at_the_same_time_waits_for_the_same_prediction()
    {
        var slow = new TaskCompletionSource<PredictionMade>();
        var first = _recent.GetAsync(Id(1), () => slow.Task);
        var second = Get(1);
        slow.SetResult(Prediction());

        Assert.Same(await first, await second);
        Assert.Equal(0, _made);
    }

    [Fact]
    public async Task what_failed_is_made_again()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => _recent.GetAsync(Id(1), () => Task.FromException<PredictionMade>(new InvalidOperationException("the database is away"))));

        Assert.NotNull(await Get(1));
        Assert.Equal(1, _made);
    }

    [Fact]
    public async Task only_the_last_ones_are_kept()
    {
        for (var price = 0; price <= RecentPredictions.Kept; price++)
            await Get(price);
        await Get(1);
        Assert.Equal(RecentPredictions.Kept + 1, _made);

        await Get(0);
        Assert.Equal(RecentPredictions.Kept + 2, _made);
    }

    private Task<PredictionMade> Get(int price) => _recent.GetAsync(Id(price), () =>
    {
        _made++;
        return Task.FromResult(Prediction());
    });

    private static Guid Id(int price) => DerivedId.Create(Guid.Empty, $"price {price}");

    private static PredictionMade Prediction()
    {
        var question = Questions.About(100);
        return Predictions.Predict(question.Price, question.Window, [], new(new(60, 60), 60, 120, new(0, 0, 0, 0.01m)), Questions.Noon);
    }
}
