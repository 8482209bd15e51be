using System.Text;
using Microsoft.AspNetCore.Http;
using Trading.Contracts;
using Trading.Services.Feeds;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Services.Tests.Feeds;

/// <summary>The ids of coins that were looked up at CoinGecko outlive the program, for a week without a question.</summary>
public sealed class CoinGeckoIdsTests : IAsyncLifetime
{
    private readonly HttpClient _http = LiveFeeds.NewHttpClient();
    private readonly ManualTime _time = new(new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"trading-{Guid.NewGuid():N}");
    private LocalServer _server = null!;
    private string _listed = "tron";
    private bool _answersSearch = true;

    private string Kept => Path.Combine(_folder, "coingecko-ids.json");

    public async Task InitializeAsync() => _server = await LocalServer.StartAsync(async context =>
    {
        if (!context.Request.Path.StartsWithSegments("/api/v3/search"))
            await context.Response.WriteAsync($$$"""{"{{{context.Request.Query["ids"]}}}":{"usd":0.25}}""");
        else if (_answersSearch)
            await context.Response.WriteAsync(
                $$$"""{"coins":[{"id":"{{{_listed}}}","symbol":"{{{context.Request.Query["query"]}}}","market_cap_rank":9}]}""");
        else
            context.Response.StatusCode = 403;
    });

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task an_id_is_looked_up_once_whatever_the_number_of_starts()
    {
        await AskAsync("TRX-USD");
        await AskAsync("TRX-USD");
        Assert.Equal(["/api/v3/search?query=TRX"], Searches());
        Assert.Equal([Kept], Directory.GetFiles(_folder));
    }

    [Theory]
    [InlineData("")]
    [InlineData("tr\\non")]
    [InlineData(" tron")]
    public void what_can_be_no_id_of_a_coin_is_not_taken_for_one(string id)
    {
        Assert.Equal("tron", CoinGeckoFeed.ParseId(Answer("tron"), "TRX"));
        Assert.Contains("does not list TRX",
            Assert.Throws<PriceFeedException>(() => CoinGeckoFeed.ParseId(Answer(id), "TRX")).Message, StringComparison.Ordinal);

        static byte[] Answer(string id) => Encoding.UTF8.GetBytes($$"""{"coins":[{"id":"{{id}}","symbol":"TRX","market_cap_rank":9}]}""");
    }

    [Fact]
    public async Task a_symbol_that_is_not_kept_is_looked_up_and_kept_beside_the_others()
    {
        await AskAsync("TRX-USD");
        _listed = "near";
        await AskAsync("NEAR-USD");
        await AskAsync("TRX-USD");
        await AskAsync("NEAR-USD");
        Assert.Equal(["/api/v3/search?query=TRX", "/api/v3/search?query=NEAR"], Searches());
        Assert.Equal(["tron", "near", "tron", "near"], Asked());
    }

    [Fact]
    public async Task after_a_week_it_is_looked_up_again_and_a_symbol_may_have_passed_to_another_coin()
    {
        await AskAsync("TRX-USD");
        _listed = "tron-two";
        _time.Advance(TimeSpan.FromDays(7) - TimeSpan.FromSeconds(1));
        await AskAsync("TRX-USD");
        _time.Advance(TimeSpan.FromSeconds(1));
        await AskAsync("TRX-USD");
        Assert.Equal(2, Searches().Count);
        Assert.Equal(["tron", "tron", "tron-two"], Asked());
    }

    [Fact]
    public async Task while_coingecko_does_not_answer_the_search_an_old_id_is_used_and_it_is_asked_once_in_an_hour()
    {
        await AskAsync("TRX-USD");
        _answersSearch = false;
        _time.Advance(TimeSpan.FromDays(30));
        var feed = Feed();
        await feed.QuoteAsync("TRX-USD", default);
        await feed.QuoteAsync("TRX-USD", default);
        Assert.Equal(2, Searches().Count);
        _time.Advance(TimeSpan.FromHours(1));
        _answersSearch = true;
        await feed.QuoteAsync("TRX-USD", default);
        Assert.Equal(3, Searches().Count);
        Assert.Equal(["tron", "tron", "tron", "tron"], Asked());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"TRX":null,"NEAR":{"id":""}}""")]
    [InlineData("""{"TRX":{"id":"tron","lookedUpAt":"2031-01-01T00:00:00+00:00"}}""")]
    public async Task what_cannot_be_read_or_is_of_a_time_to_come_is_asked_for_again(string kept)
    {
        Directory.CreateDirectory(_folder);
        await File.WriteAllTextAsync(Kept, kept);
        await AskAsync("TRX-USD");
        await AskAsync("TRX-USD");
        Assert.Single(Searches());
    }

    [Fact]
    public async Task without_a_folder_to_write_to_prices_come_all_the_same()
    {
        // A file in the folder's place.
        await File.WriteAllTextAsync(_folder, "");
        await AskAsync("TRX-USD");
        Assert.Equal(["tron"], Asked());
        File.Delete(_folder);
    }

    // Each time a new program.
    private Task<Quote> AskAsync(string symbol) => Feed().QuoteAsync(symbol, default);

    private IPriceFeed Feed() =>
        LiveFeeds.Create("coingecko", _http, new() { RetryDelay = TimeSpan.Zero }, _time, _server.Address, dataFolder: _folder);

    private List<string> Searches() =>
        [.. _server.Seen.Select(request => request.Path).Where(path => path.StartsWith("/api/v3/search", StringComparison.Ordinal))];

    private List<string> Asked() => [.. _server.Seen.Select(request => request.Path).Where(path => path.Contains("?ids=",
        StringComparison.Ordinal)).Select(path => path.Split("ids=")[1].Split('&')[0])];
}
