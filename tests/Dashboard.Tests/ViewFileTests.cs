using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Core;
using Trading.Dashboard.Reading;
using Trading.Journal.Events;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Dashboard.Tests;

/// <summary>What was made of a journal, kept in a file: a start that goes on from it shows what one that reads everything shows.</summary>
[Collection(nameof(RecordedDashboard))]
public sealed class ViewFileTests(RecordedDashboard run) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("trading-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task a_view_that_was_kept_goes_on_to_the_same_figures()
    {
        var journal = run.Host.App.Services.GetRequiredService<TradeJournal>().Database;
        var events = new List<JournalEvent>();
        await foreach (var batch in JournalReader.EventsAsync(journal))
            events.AddRange(batch);
        var whole = new JournalView("main");
        whole.Add(events, null);
        var file = new ViewFile(_folder, "test", "main", NullLogger.Instance);

        // Cut between two events of one decision too, and while an order is open.
        foreach (var cut in new[] { 0.2, 0.5, 0.77 }.Select(share => (int)(share * events.Count))
            .Append(events.FindIndex(stored => stored.Event is OrderPlaced) + 1))
        {
            var first = new JournalView("main");
            first.Add(events[..cut], null);
            await file.SaveAsync(first, journal, default);
            var second = new JournalView("main");
            Assert.True(await file.LoadAsync(second, journal, default));
            Assert.Equal(events[cut - 1].Sequence, second.Sequence);
            second.Add(events[cut..], null);
            Assert.Equal(Text(whole), Text(second));
            Assert.NotEmpty(whole.Tax.Of(TaxMethod.Lifo).In(2024).Disposals);
            Assert.Equal(whole.Tax.Of(TaxMethod.Lifo).In(2024).Disposals, second.Tax.Of(TaxMethod.Lifo).In(2024).Disposals);
            Assert.Equal(whole.Tax.Of(TaxMethod.Lifo).Open, second.Tax.Of(TaxMethod.Lifo).Open);
        }
    }

    [Fact]
    public async Task what_was_kept_is_read_at_the_next_start_before_anybody_looks()
    {
        var journal = run.Host.App.Services.GetRequiredService<TradeJournal>();
        var kept = new JournalView("main");
        await foreach (var batch in JournalReader.EventsAsync(journal.Database))
            kept.Add(batch, null);
        var settings = DashboardHost.WithTokens(_folder) with { DashboardFolder = _folder };
        await ViewFile.Of(settings, journal, NullLogger.Instance)!.SaveAsync(kept, journal.Database, default);

        await using var next = await DashboardHost.StartAsync(settings, journal.ConnectionString);
        var reading = next.App.Services.GetRequiredService<JournalReading>();
        await ExchangeSystem.UntilAsync(() => Task.FromResult(reading.Progress == 1));

        Assert.Equal(Text(kept), Text(reading.View));
    }

    [Fact]
    public async Task a_file_of_another_journal_or_a_damaged_one_is_not_taken()
    {
        var journal = run.Host.App.Services.GetRequiredService<TradeJournal>().Database;
        var view = new JournalView("main");
        await foreach (var batch in JournalReader.EventsAsync(journal))
            view.Add(batch, null);
        var file = new ViewFile(_folder, "test", "main", NullLogger.Instance);
        await file.SaveAsync(view, journal, default);
        var path = Directory.GetFiles(_folder, "*.view").Single();
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));

        await using var other = await DashboardHost.StartAsync(
            DashboardHost.WithTokens(_folder), await PostgresServer.CreateDatabaseAsync());
        await other.App.Services.OpenAccountAsync();
        Assert.False(await file.LoadAsync(new("main"), other.App.Services.GetRequiredService<TradeJournal>().Database, default));
        Assert.True(await file.LoadAsync(new("main"), journal, default));
        var bytes = await File.ReadAllBytesAsync(path);
        foreach (var damaged in new[] { bytes[..(bytes.Length / 2)], [.. bytes[..^40], .. new byte[40]], Encoding.UTF8.GetBytes("{}"), [] })
        {
            await File.WriteAllBytesAsync(path, damaged);
            var empty = new JournalView("main");
            Assert.False(await file.LoadAsync(empty, journal, default));
            Assert.Equal(0, empty.Sequence);
        }
    }

    private static string Text(JournalView view)
    {
        using var written = new MemoryStream();
        view.Write(written);
        return Encoding.UTF8.GetString(written.ToArray());
    }
}
