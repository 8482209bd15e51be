using Npgsql;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Dashboard.Tests;

/// <summary>Pages when there is nothing yet, and when the database is away.</summary>
public sealed class StateTests(BrowserPages pages) : SerialTest, IClassFixture<BrowserPages>
{
    private static readonly (string Name, string Path, string Says)[] Empty =
    [
        ("now", "/", "No decision yet"), ("chart", "/chart", "No price of BTC-USD is kept yet"),
        ("decisions", "/decisions", "No decision yet"),
        ("trades", "/trades", "No trade yet"), ("models", "/models", "No model has been asked yet"),
        ("risk", "/risk", "Told with the first decision"), ("past", "/past", "Nothing was run yet"),
        ("audit", "/audit", "Nothing is sealed yet"),
    ];

    [BrowserFact]
    public async Task an_empty_journal_says_what_will_stand_there()
    {
        await using var host = await StartAsync();
        var found = new List<string>();
        foreach (var (name, path, says) in Empty)
        {
            await using var looked = await pages.OpenAsync(host, path, width: name is "now" or "risk" ? 390 : 1280);
            await looked.PictureAsync($"empty-{name}");
            if (!(await looked.Page.Locator("main").InnerTextAsync()).Contains(says, StringComparison.Ordinal))
                found.Add($"{name} does not say: {says}");
            found.AddRange(looked.Complaints.Select(complaint => $"{name}: {complaint}"));
        }
        Assert.True(found.Count == 0, string.Join(Environment.NewLine, found));
    }

    [BrowserFact]
    public async Task a_database_that_is_away_is_reported_and_what_was_shown_stays()
    {
        await using var host = await StartAsync();
        await host.App.Services.OpenAccountAsync();
        await using var looked = await pages.OpenAsync(host, "/");
        await looked.Page.Locator("#live[data-live=on]").WaitForAsync();
        await DropAsync(host.App.Services.Database());

        await looked.Page.Locator("#notice", new() { HasTextString = "Stale: the journal's database does not answer" }).WaitForAsync();
        await looked.PictureAsync("error-stale");
        Assert.Contains("10,000.00", await looked.Page.Locator("#t-equity").InnerTextAsync(), StringComparison.Ordinal);
        // A page that is opened now says it in each of its parts.
        await using var another = await pages.OpenAsync(host, "/audit", waits: false);
        await another.Page.Locator("#checks [role=alert]", new() { HasTextString = "database does not answer" }).WaitForAsync();
        await another.PictureAsync("error-audit");
    }

    private async Task<DashboardHost> StartAsync() =>
        await DashboardHost.StartAsync(DashboardHost.WithTokens(Folder), await PostgresServer.CreateDatabaseAsync());

    internal static async Task DropAsync(string database)
    {
        var name = new NpgsqlConnectionStringBuilder(database).Database;
        await using var server = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database)
        { Database = "postgres", Pooling = false }.ConnectionString);
        await using var command = server.CreateCommand($"drop database \"{name}\" with (force)");
        await command.ExecuteNonQueryAsync();
    }
}
