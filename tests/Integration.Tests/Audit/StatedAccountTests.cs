using Trading.Core;
using Trading.Journal.Checks;
using Trading.Journal.Events;
using Trading.TestKit.Audit;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>
/// An account is folded from where the journal stated it last, and only a statement with the mark of writers is believed.
/// </summary>
public sealed class StatedAccountTests : IDisposable
{
    private const string Stream = "account-main";

    private readonly string _folder = Directory.CreateTempSubdirectory("trading-stated-").FullName;
    private readonly WriterKey _key;

    public StatedAccountTests() => _key = WriterKey.LoadOrCreate(Path.Combine(_folder, "writer.key"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task a_fold_begins_at_the_last_statement_and_the_whole_check_compares_each_with_the_events()
    {
        await using var journal = await FilledAsync();
        var database = journal.Database;
        var folded = new FoldedAccount(database, Stream, _key);
        Assert.Null(await folded.CompareAsync(default));
        Loaded<Portfolio> state = new(folded.State!, folded.Version);
        Assert.True(await StatedAccounts.StateAsync(journal, Stream, state, InProcessSystem.Start, default));
        Assert.False(await StatedAccounts.StateAsync(journal, Stream, state, InProcessSystem.Start, default));
        Assert.Empty((await AccountCheck.RunAsync(database, default)).Wrong);

        // What was before it is not read again: that it is gone is the whole check's to find.
        await SealedJournal.ExecuteAsync(database, "delete from mt_events where stream_id = 'account-main' and version = 10");
        Assert.Null(await new FoldedAccount(database, Stream, _key).CompareAsync(default));
        Assert.Equal("version 10 of its events is gone", (await new FoldedAccount(database, Stream).CompareAsync(default))!.Detail);
        Assert.Null(await StatedAccounts.FindAsync(database, _key, Stream, folded.Version - 1, default));
    }

    [Theory]
    [InlineData("jsonb_set(data, '{state}', to_jsonb(replace(data ->> 'state', '\"cashUsd\":', '\"cashUsd\":7')))")]
    [InlineData("jsonb_set(data, '{version}', '5')")]
    public async Task a_statement_that_somebody_changed_is_not_believed_and_the_whole_check_names_it(string change)
    {
        await using var journal = await FilledAsync();
        var folded = new FoldedAccount(journal.Database, Stream);
        Assert.Null(await folded.CompareAsync(default));
        Assert.True(await StatedAccounts.StateAsync(journal, Stream, new(folded.State!, folded.Version), InProcessSystem.Start, default));

        await SealedJournal.ExecuteAsync(journal.Database, $"update mt_events set data = {change} where type = 'account_stated'");

        Assert.Null(await StatedAccounts.FindAsync(journal.Database, _key, Stream, long.MaxValue, default));
        Assert.Null(await new FoldedAccount(journal.Database, Stream, _key).CompareAsync(default));
        Assert.StartsWith("the statement about version ",
            Assert.Single((await AccountCheck.RunAsync(journal.Database, default)).Wrong).Difference.Detail, StringComparison.Ordinal);
    }

    // An account with more events than two statements are apart.
    private async Task<TradeJournal> FilledAsync()
    {
        var connection = await PostgresServer.CreateDatabaseAsync();
        var journal = new TradeJournal(connection, new("test", "1") { Key = _key }, TimeProvider.System);
        await journal.PrepareAsync();
        await journal.DecideAsync("main", new OpenAccount("main", "live", 10_000, InProcessSystem.Start), "test", default);
        for (var version = 1L; version < StatedAccounts.EventsApart; version += 1000)
            Assert.True(await journal.AppendAsync([new(Stream, version, [.. Enumerable.Range(0, 1000)
                .Select(_ => new CashAdjusted(1, "kim", "x", InProcessSystem.Start))])], new(null, "test"), default));
        return journal;
    }
}
