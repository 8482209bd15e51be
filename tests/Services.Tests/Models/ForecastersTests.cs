using Trading.Contracts;
using Trading.Core;
using Trading.Services.Models;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.Models;

/// <summary>All models are asked at once, under one deadline.</summary>
public sealed class ForecastersTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private readonly ManualTime _time = new(Questions.Noon);

    [Fact]
    public async Task answers_come_in_the_order_of_the_settings_not_of_their_arrival()
    {
        var slow = new Told("slow");
        var answers = Ask(slow, Answering("quick"));
        slow.Answer();

        Assert.Equal(["slow", "quick"], (await answers).Select(output => output.Model));
    }

    [Fact]
    public async Task a_model_that_is_late_abstains_and_the_others_count()
    {
        var answers = Ask(new Told("late"), Answering("quick"));
        _time.Advance(Deadline);

        Assert.Equal([new("late", null, null, null, "no answer within 20 s"), Output("quick")], await answers);
    }

    [Fact]
    public async Task a_model_that_does_not_listen_is_left_behind()
    {
        var answers = Ask(new Told("deaf", listens: false), Answering("quick"));
        _time.Advance(Deadline + TimeSpan.FromSeconds(1));

        Assert.Equal([new("deaf", null, null, null, "no answer within 20 s"), Output("quick")], await answers);
    }

    [Fact]
    public async Task a_model_that_says_itself_why_it_is_late_is_heard()
    {
        var reason = new ModelOutput("bedrock", null, null, null, "throttled 3 times within 20 s");
        var answers = Ask(new Told("bedrock", whenLate: reason));
        _time.Advance(Deadline);

        Assert.Equal([reason], await answers);
    }

    [Fact]
    public async Task no_remote_model_is_asked_about_a_price_that_has_expired()
    {
        var paid = new Told("paid");
        _time.Advance(TimeSpan.FromSeconds(120));

        Assert.Equal(
            [new("paid", null, null, null, "not asked: the price expired at 12:02:00"),
                TechnicalModel.Output(Questions.About(100).Window, 100)],
            await Ask(paid, new ComputedForecaster("technical", question => TechnicalModel.Output(question.Window, question.Price.Price))));
        Assert.Equal(0, paid.Asked);
    }

    [Fact]
    public async Task a_bug_in_a_model_is_a_bug() =>
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => Ask(new ComputedForecaster("broken", _ => throw new InvalidOperationException("bug")), Answering("quick")));

    [Fact]
    public async Task a_model_outside_that_fails_in_any_way_abstains_and_the_others_count()
    {
        var output = await Ask(new Told("odd", fails: new KeyNotFoundException("half \uDC00")), Answering("quick"));

        Assert.Equal([new("odd", null, null, null, "it failed (KeyNotFoundException): half \uFFFD"), Output("quick")], output);
    }

    [Fact]
    public async Task a_program_that_stops_does_not_take_it_for_a_late_answer()
    {
        using var stop = new CancellationTokenSource();
        var answers = new Forecasters([new Told("slow")], Deadline, _time).AskAsync(Questions.About(100), stop.Token);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answers);
    }

    private Task<IReadOnlyList<ModelOutput>> Ask(params IForecaster[] models) =>
        new Forecasters(models, Deadline, _time).AskAsync(Questions.About(100), CancellationToken.None);

    private static Told Answering(string name)
    {
        var model = new Told(name);
        model.Answer();
        return model;
    }

    private static ModelOutput Output(string name) => new(name, 101, Direction.Up, 0.7, null);

    /// <summary>A model that answers when it is told to.</summary>
    private sealed class Told(string name, bool listens = true, ModelOutput? whenLate = null, Exception? fails = null) : IForecaster
    {
        private readonly TaskCompletionSource _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Name => name;

        public bool Remote => true;

        public int Asked { get; private set; }

        public void Answer() => _answer.SetResult();

        public async Task<ModelOutput> ForecastAsync(ForecastQuestion question, CancellationToken deadline)
        {
            Asked++;
            if (fails is not null)
                throw fails;
            try
            {
                await _answer.Task.WaitAsync(listens ? deadline : CancellationToken.None);
                return Output(name);
            }
            catch (OperationCanceledException) when (whenLate is not null)
            {
                return whenLate;
            }
        }
    }
}
