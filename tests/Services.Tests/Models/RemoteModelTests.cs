using Trading.Aws;
using Trading.Contracts;
using Trading.Services.Models;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.Models;

/// <summary>How a model outside of the process is asked, again if need be.</summary>
public sealed class RemoteModelTests : IDisposable
{
    private static readonly ModelOutput Up = new("bedrock", 101, Direction.Up, 0.6, null);
    private readonly ManualTime _time = new(Questions.Noon);
    private readonly CancellationTokenSource _deadline = new();
    private int _asked;

    [Fact]
    public async Task an_answer_is_recorded_with_where_it_came_from()
    {
        var output = await Ask(() => new RemoteAnswer("model-v1 (model-v1.2)", "up", InputTokens: 1200, OutputTokens: 40));

        Assert.Equal(Up with { Provenance = new("model-v1 (model-v1.2)", Hash, "up", 0, 1200, 40, 1) }, output);
    }

    [Fact]
    public async Task an_answer_whose_reading_throws_is_an_abstention_with_the_answer_kept()
    {
        var output = await new RemoteModel("bedrock", new(10, 10), spending: null, _time).AskAsync("model-v1", "question",
            _ => Task.FromResult(new RemoteAnswer("model-v1", "half: \uD83D end\0")),
            _ => throw new InvalidOperationException("Cannot read incomplete UTF-16"), _deadline.Token);

        Assert.Equal("the answer cannot be read (InvalidOperationException): half: \uFFFD end\uFFFD", output.Abstained);
        Assert.Equal("half: \uFFFD end\uFFFD", output.Provenance!.RawText);
        Assert.Contains("half", System.Text.Json.JsonSerializer.Serialize(output), StringComparison.Ordinal);
    }

    [Fact]
    public async Task throttling_is_waited_out_longer_each_time()
    {
        var answer = Ask(() => _asked < 3 ? throw Throttled : new RemoteAnswer("model-v1", "up"));
        await Wait(0.5, 1);
        await Wait(1, 2);

        Assert.Equal((Up, 3, "model-v1"),
            ((await answer) with { Provenance = null }, (await answer).Provenance!.Attempts, (await answer).Provenance!.ModelId));
    }

    [Fact]
    public async Task what_lasts_is_not_tried_again()
    {
        var output = await Ask(() => throw new ModelCallException("403 AccessDeniedException: no", mayPass: false));

        Assert.Equal(("403 AccessDeniedException: no", 1, (string?)null),
            (output.Abstained, output.Provenance!.Attempts, output.Provenance.RawText));
    }

    [Fact]
    public async Task after_six_attempts_it_is_enough()
    {
        var answer = Ask(() => throw Throttled);
        for (var (attempt, most) = (1, 1.0); attempt < 6; attempt++, most = Math.Min(2 * most, 8))
            await Wait(most / 2, most);

        Assert.Equal("429 ThrottlingException: Too many tokens (attempt 6)", (await answer).Abstained);
    }

    [Fact]
    public async Task the_deadline_ends_the_waiting_and_says_what_it_waited_for()
    {
        var answer = Ask(() => throw Throttled);
        await _time.WaitedFor(_ => true);
        await _deadline.CancelAsync();

        Assert.Equal("no answer before the deadline, 1 attempt; 429 ThrottlingException: Too many tokens", (await answer).Abstained);
    }

    [Fact]
    public async Task the_deadline_ends_a_question_that_nobody_answers()
    {
        var answer = new RemoteModel("bedrock", new(10, 10), spending: null, _time).AskAsync(
            "model-v1", "prompt",
            async cancellation => await new TaskCompletionSource<RemoteAnswer>().Task.WaitAsync(cancellation), _ => Up, _deadline.Token);
        await _deadline.CancelAsync();

        Assert.Equal("no answer before the deadline", (await answer).Abstained);
    }

    [Fact]
    public async Task a_refusal_is_recorded_with_what_was_said()
    {
        var output = await Ask(
            () => new RemoteAnswer("model-v1", "I cannot give financial advice.", Refusal: "the model stopped with refusal"));

        Assert.Equal(("the model stopped with refusal", "I cannot give financial advice."), (output.Abstained, output.Provenance!.RawText));
    }

    [Fact]
    public async Task a_long_answer_is_cut_and_has_nothing_that_the_journal_cannot_hold()
    {
        var output = await Ask(() => new RemoteAnswer("model-v1", "\0" + new string('x', 10_000)));

        Assert.Equal("\uFFFD" + new string('x', ModelProvenance.LongestRawText - 1), output.Provenance!.RawText);
    }

    public void Dispose() => _deadline.Dispose();

    // SHA-256 of "prompt".
    private const string Hash = "cf07194ee232eb531e15f690000d19846dea69cf05504782658afcfacb9228a2";

    private static ModelCallException Throttled => new("429 ThrottlingException: Too many tokens", mayPass: true);

    private Task<ModelOutput> Ask(Func<RemoteAnswer> answer) =>
        new RemoteModel("bedrock", new(10, 10), spending: null, _time).AskAsync("model-v1", "prompt", _ =>
        {
            _asked++;
            return Task.FromResult(answer());
        }, _ => Up, _deadline.Token);

    private async Task Wait(double least, double most)
    {
        await _time.WaitedFor(wait => wait.TotalSeconds >= least && wait.TotalSeconds <= most);
        _time.Advance(TimeSpan.FromSeconds(most));
    }
}
