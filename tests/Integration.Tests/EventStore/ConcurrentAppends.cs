using JasperFx.Events;
using Xunit;
using ExistingStreamIdCollisionException = Marten.Exceptions.ExistingStreamIdCollisionException;

namespace Trading.Integration.Tests.EventStore;

/// <summary>Many that write to one stream at once.</summary>
[Collection(nameof(AppendingEvents))]
public class ConcurrentAppends : EventStoreTest
{
    [Fact]
    public async Task one_of_many_that_start_the_same_stream_at_once_succeeds()
    {
        await StartAsync("other", 1);

        var results = await Task.WhenAll(
            Enumerable.Range(1, 8).Select(n => Outcome<ExistingStreamIdCollisionException>(() => StartAsync("a", n, n))));

        Assert.Equal(1, results.Count(saved => saved));
        Assert.Equal(2, (await EventsAsync("a")).Count);
    }

    [Fact]
    public async Task one_of_many_appends_with_the_same_expected_version_succeeds()
    {
        await StartAsync("a", 1);

        var results = await Task.WhenAll(Enumerable.Range(1, 16).Select(n =>
            Outcome<EventStreamUnexpectedMaxEventIdException>(() => SaveAsync(session => session.Events.Append("a", 2, Paid(n))))));

        Assert.Equal(1, results.Count(saved => saved));
        Assert.Equal([1, 2], (await EventsAsync("a")).Select(e => e.Version));
    }

    [Fact]
    public async Task one_of_many_appends_that_would_start_the_same_stream_succeeds()
    {
        await StartAsync("other", 1);

        var results = await Task.WhenAll(Enumerable.Range(1, 8).Select(n =>
            Outcome<Exception>(() => SaveAsync(session => session.Events.Append("a", 1, Paid(n))))));

        Assert.Equal(1, results.Count(saved => saved));
        Assert.Single(await EventsAsync("a"));
    }

    [Fact]
    public async Task appends_without_a_version_succeed_or_are_refused_but_never_lose_or_double_an_event()
    {
        await StartAsync("a", 1);

        var results = await Task.WhenAll(Enumerable.Range(1, 16).Select(n =>
            Outcome<EventStreamUnexpectedMaxEventIdException>(() => SaveAsync(session => session.Events.Append("a", Paid(1))))));

        var saved = results.Count(saved => saved);
        Assert.InRange(saved, 1, 16);
        Assert.Equal(Enumerable.Range(1, saved + 1), (await EventsAsync("a")).Select(e => (int)e.Version));
    }

    private static async Task<bool> Outcome<TRefusal>(Func<Task> save) where TRefusal : Exception
    {
        try
        {
            await save();
            return true;
        }
        catch (TRefusal)
        {
            return false;
        }
    }
}
