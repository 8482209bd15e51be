using Trading.Hosting.Messaging;
using Trading.Hosting.Secrets;
using Trading.Hosting.Settings;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.Hosting;

/// <summary>Keys of messages while their secret is being read, cannot be read, or is asked for keys that it does not have.</summary>
public sealed class MessageKeysTests : IDisposable
{
    private const string Old = "k1:AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=",
        Both = $"{Old}\nk2:AgIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=";
    private readonly Store _store = new();
    private readonly ManualTime _time = new(InProcessSystem.Start);
    private readonly MessageKeys _keys;

    public MessageKeysTests() => _keys = new(new TradingSettings { MessageKeySecret = "messages" }, _store, _time);

    public void Dispose() => _keys.Dispose();

    [Fact]
    public async Task messages_with_a_new_key_wait_while_the_secret_is_read_and_those_with_a_known_one_do_not()
    {
        Assert.Equal("k1", (await _keys.SigningAsync(default)).Id);
        _time.Advance(TimeSpan.FromMinutes(2));
        _store.Slow = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var (first, second) = (_keys.FindAsync("k2", default), _keys.FindAsync("k2", default));
        Assert.False(second.IsCompleted);
        Assert.Equal("k1", (await _keys.FindAsync("k1", default).WaitAsync(HangGuard.Limit))?.Id);

        _store.Slow.SetResult(Both);
        Assert.Equal(("k2", "k2"), ((await first.WaitAsync(HangGuard.Limit))?.Id, (await second.WaitAsync(HangGuard.Limit))?.Id));
        Assert.Equal(2, _store.Reads);

        // Keys that there are not have it read again, though seldom.
        for (var message = 0; message < 100; message++)
            Assert.Null(await _keys.FindAsync("forged", default));
        Assert.Equal(2, _store.Reads);
    }

    [Fact]
    public async Task a_message_that_came_during_a_slow_read_is_judged_by_one_that_began_later()
    {
        await _keys.SigningAsync(default);
        _time.Advance(TimeSpan.FromMinutes(2));
        var slow = _store.Slow = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var early = _keys.FindAsync("k1", default);
        _time.Advance(TimeSpan.FromSeconds(30));
        var late = _keys.FindAsync("k2", default);

        (_store.Slow, _store.Text) = (null, Both);
        slow.SetResult(Old);
        Assert.Equal(("k1", "k2"), ((await early.WaitAsync(HangGuard.Limit))?.Id, (await late.WaitAsync(HangGuard.Limit))?.Id));
        Assert.Equal(3, _store.Reads);
    }

    [Fact]
    public async Task while_the_secret_cannot_be_read_a_message_with_a_new_key_may_be_tried_again()
    {
        await _keys.SigningAsync(default);
        _time.Advance(TimeSpan.FromMinutes(2));
        _store.Text = null;
        Assert.Equal("k1", (await _keys.FindAsync("k1", default))?.Id);
        for (var message = 0; message < 100; message++)
        {
            var unknown = await Assert.ThrowsAsync<SecretException>(() => _keys.FindAsync("k2", default));
            Assert.Equal("whether k2 is a key of messages is not known: away", unknown.Message);
        }
        Assert.Equal(2, _store.Reads);

        _store.Text = Both;
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("k2", (await _keys.FindAsync("k2", default))?.Id);
        Assert.Equal(3, _store.Reads);
    }

    private sealed class Store : ISecretStore
    {
        public string? Text { get; set; } = Old;

        public TaskCompletionSource<string>? Slow { get; set; }

        public int Reads { get; private set; }

        public Task<string> GetAsync(string name, CancellationToken cancellation)
        {
            Reads++;
            return Slow is { } slow ? slow.Task : Text is { } text ? Task.FromResult(text) : throw new SecretException("away");
        }
    }
}
