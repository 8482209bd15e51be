using JasperFx.Events.Daemon;
using Xunit;

namespace Trading.Integration.Tests.EventStore;

public class Snapshots : EventStoreTest
{
    [Fact]
    public async Task are_created_with_the_stream_and_follow_it()
    {
        await StartAsync("a", 1, 2);
        Assert.Equal(new Balance("a", 3, 2), await BalanceAsync("a"));

        await SaveAsync(session => session.Events.Append("a", 3, Paid(3)));
        Assert.Equal(new Balance("a", 6, 3), await BalanceAsync("a"));
    }

    [Fact]
    public async Task carry_the_version_of_their_stream_in_a_column()
    {
        await StartAsync("a", 1, 2);
        await SaveAsync(session => session.Events.Append("a", 3, Paid(3)));

        Assert.Equal(["3 Trading.Integration.Tests.EventStore.Balance"],
            await SqlAsync("select mt_version || ' ' || mt_dotnet_type from mt_doc_balance"));
    }

    [Fact]
    public async Task are_deleted_when_the_projection_gives_null_and_can_come_again()
    {
        await StartAsync("a", 1);

        await SaveAsync(session => session.Events.Append("a", 2, new AccountClosed("enough")));
        Assert.Null(await BalanceAsync("a"));
        Assert.Equal(2, (await EventsAsync("a")).Count);

        await SaveAsync(session => session.Events.Append("a", 3, Paid(5)));
        Assert.Equal(new Balance("a", 5, 3), await BalanceAsync("a"));
    }

    [Fact]
    public async Task are_not_created_when_the_projection_gives_null_at_once()
    {
        await SaveAsync(session => session.Events.StartStream<Balance>("a", new AccountClosed("never opened")));

        Assert.Null(await BalanceAsync("a"));
    }

    [Fact]
    public async Task of_a_missing_id_are_null() => Assert.Null(await BalanceAsync("missing"));

    [Fact]
    public async Task see_every_event_of_the_append_with_its_version()
    {
        await StartAsync("a", 1);
        await using var session = Store.LightweightSession();
        var stream = await session.Events.FetchForWriting<Balance>("a");
        stream.AppendMany(Paid(2), new AccountClosed("once"), Paid(7));

        await session.SaveChangesAsync();

        Assert.Equal(new Balance("a", 7, 4), await BalanceAsync("a"));
    }

    [Fact]
    public async Task that_cannot_be_made_keep_the_events_out()
    {
        await StartAsync("a", decimal.MaxValue);

        var failed = await Assert.ThrowsAsync<ApplyEventException>(
            () => SaveAsync(session => session.Events.Append("a", 2, Paid(decimal.MaxValue))));

        Assert.IsType<OverflowException>(failed.InnerException);
        Assert.Single(await EventsAsync("a"));
    }

    [Fact]
    public async Task are_written_in_camel_case()
    {
        await StartAsync("a", 1.50m);

        Assert.Equal(["""{"id": "a", "version": 1, "totalUsd": 1.50}"""], await SqlAsync("select data::text from mt_doc_balance"));
    }
}
