using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Trading.Core;
using Trading.Dashboard.Answers;
using Trading.Journal.Events;
using Trading.TestKit.Pipeline;
using Xunit;

namespace Trading.Dashboard.Tests;

/// <summary>What the API says about a recorded run, and how it says what is wrong.</summary>
[Collection(nameof(RecordedDashboard))]
public sealed class ApiTests(RecordedDashboard run)
{
    private DashboardHost Host => run.Host;

    [Fact]
    public async Task now_says_what_the_journal_says()
    {
        var now = await Host.GetAsync("/now");
        var account = (await JournalRecord.ReadAsync(run.Database)).Account!;

        Assert.Equal("recorded", now.GetProperty("mode").GetString());
        Assert.Equal(account.CashUsd, now.GetProperty("account").GetProperty("cashUsd").GetDecimal());
        Assert.Equal(account.RealisedUsd, now.GetProperty("realisedUsd").GetDecimal());
        Assert.Equal(account.FeesUsd, now.GetProperty("feesUsd").GetDecimal());
        Assert.Equal(account.TradesSettled, now.GetProperty("trades").GetInt32());
        var price = now.GetProperty("prices")[0].GetProperty("price").GetDecimal();
        Assert.Equal(decimal.Round(account.EquityUsd("BTC-USD", price), 8), now.GetProperty("equityUsd").GetDecimal());
        Assert.True(now.GetProperty("decisions").GetInt32() > 500);
        Assert.NotEmpty(now.GetProperty("health").EnumerateArray());
    }

    [Fact]
    public async Task the_results_of_the_trades_are_what_the_account_made()
    {
        var totals = await Host.GetAsync("/trades/totals");
        var account = (await JournalRecord.ReadAsync(run.Database)).Account!;
        var trades = (await Host.GetAsync("/trades?limit=500")).GetProperty("items").EnumerateArray().ToList();

        Assert.Equal(account.TradesSettled, trades.Count);
        Assert.Contains(trades, trade => trade.GetProperty("side").GetString() == "sell");
        Assert.Equal(account.FeesUsd, totals.GetProperty("feesUsd").GetDecimal());
        var saleFees = trades.Where(trade => trade.GetProperty("resultUsd").ValueKind == JsonValueKind.Number)
            .Sum(trade => trade.GetProperty("feeUsd").GetDecimal());
        Assert.Equal(account.RealisedUsd - saleFees, totals.GetProperty("resultUsd").GetDecimal());
        var days = (await Host.GetAsync("/days")).EnumerateArray().ToList();
        Assert.Equal(account.TradesSettled, days.Sum(day => day.GetProperty("trades").GetInt32()));
        Assert.All(days.Zip(days.Skip(1)), pair =>
            Assert.Equal(pair.First.GetProperty("closingUsd").GetDecimal(), pair.Second.GetProperty("openingUsd").GetDecimal()));
    }

    [Fact]
    public async Task decisions_are_paged_and_filtered_without_loss()
    {
        var all = new List<long>();
        long? before = null;
        do
        {
            var page = await Host.GetAsync($"/decisions?limit=400{(before is null ? "" : $"&before={before}")}");
            all.AddRange(page.GetProperty("items").EnumerateArray().Select(row => row.GetProperty("sequence").GetInt64()));
            before = page.GetProperty("next").ValueKind == JsonValueKind.Null ? null : page.GetProperty("next").GetInt64();
        }
        while (before is not null);
        Assert.Equal(all.OrderDescending(), all);
        Assert.Equal(all.Count, all.Distinct().Count());

        async Task<int> CountAsync(string query) => (await Host.GetAsync($"/decisions?{query}")).GetProperty("total").GetInt32();
        Assert.True(all.Count <= await CountAsync(""));
        Assert.Equal(await CountAsync(""), await CountAsync("outcome=hold") + await CountAsync("outcome=no-hold"));
        Assert.Equal(await CountAsync("outcome=no-hold"), await CountAsync("outcome=refused") + await CountAsync("outcome=approved"));
        Assert.Equal(0, await CountAsync("symbol=ETH-USD"));
        Assert.True(await CountAsync("refusedBy=confidence") + await CountAsync("refusedBy=position-share")
            + await CountAsync("refusedBy=holdings") > 0);
    }

    [Fact]
    public async Task the_words_of_filters_are_reported_and_taken()
    {
        var words = await Host.GetAsync("/decisions/words");

        Assert.Equal(Enum.GetValues<Trading.Contracts.RiskRule>().Length, words.GetProperty("rules").GetArrayLength());
        foreach (var (parameter, list) in new[] { ("action", "actions"), ("outcome", "outcomes"), ("refusedBy", "rules") })
        {
            foreach (var word in words.GetProperty(list).EnumerateArray())
                await Host.GetAsync($"/decisions?limit=1&{parameter}={word.GetString()}");
        }
    }

    [Fact]
    public async Task a_decision_is_reported_whole()
    {
        var trade = (await Host.GetAsync("/trades?side=buy&limit=1")).GetProperty("items")[0].GetProperty("tradeId").GetGuid();

        var story = await Host.GetAsync($"/decisions/{trade}");

        Assert.Contains("were bought at", story.GetProperty("why").GetString(), StringComparison.Ordinal);
        Assert.True(story.GetProperty("assessment").GetProperty("checks").GetArrayLength() > 10);
        Assert.Equal(["trade_proposed", "trade_assessed", "funds_reserved", "order_placed", "order_filled", "trade_closed",
            "trade_settled"],
            story.GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("type").GetString()));
    }

    [Fact]
    public async Task the_chart_has_bars_of_any_interval_over_the_same_prices()
    {
        var from = InProcessSystem.Start.ToUnixTimeSeconds();
        var minutes = await Host.GetAsync($"/prices?symbol=BTC-USD&from={from}&interval=60");
        var hours = await Host.GetAsync($"/prices?symbol=BTC-USD&from={from}&interval=3600");

        decimal Highest(JsonElement bars) => bars.GetProperty("bars").EnumerateArray().Max(bar => bar[2].GetDecimal());
        decimal Last(JsonElement bars) => bars.GetProperty("bars").EnumerateArray().Last()[4].GetDecimal();
        Assert.True(minutes.GetProperty("bars").GetArrayLength() >= 700);
        Assert.InRange(hours.GetProperty("bars").GetArrayLength(), 12, 14);
        Assert.Equal((Highest(minutes), Last(minutes)), (Highest(hours), Last(hours)));
        var marks = await Host.GetAsync("/marks?symbol=BTC-USD");
        Assert.Contains(marks.GetProperty("marks").EnumerateArray(), mark => mark.GetProperty("kind").GetString() == "buy");
    }

    [Fact]
    public async Task models_limits_acts_and_seals_are_there()
    {
        var model = (await Host.GetAsync("/models"))[0];
        Assert.True(model.GetProperty("scored").GetInt64() > 500);
        var rows = await Host.GetAsync($"/models/{model.GetProperty("model").GetString()}/BTC-USD/predictions?limit=5");
        Assert.Equal(5, rows.GetProperty("items").GetArrayLength());
        var limits = await Host.GetAsync("/limits");
        Assert.Contains(limits.GetProperty("uses").EnumerateArray(), use => use.GetProperty("rule").GetString() == "DailyLoss");
        Assert.True((await Host.GetAsync("/acts")).GetProperty("total").GetInt32() >= 2);
        Assert.True((await Host.GetAsync("/audit")).GetProperty("sealed").GetInt64() > 1500);
        Assert.Equal(run.Key.Public.ToString(), (await Host.GetAsync("/seal-key")).GetProperty("key").GetString());
        Assert.NotEmpty((await Host.GetAsync("/past")).GetProperty("journals").EnumerateArray());
    }

    [Theory]
    [InlineData(TaxMethod.Fifo)]
    [InlineData(TaxMethod.Hifo)]
    [InlineData(TaxMethod.Lifo)]
    public async Task the_tax_year_is_what_the_settlements_in_the_journal_make(TaxMethod method)
    {
        var (lots, sold) = (new TaxLots(method), new List<TaxDisposal>());
        await foreach (var batch in JournalReader.EventsAsync(Host.App.Services.GetRequiredService<TradeJournal>().Database))
        {
            foreach (var settled in batch.Select(stored => stored.Event).OfType<TradeSettled>())
                sold.AddRange(lots.Take(settled));
        }
        Assert.True(sold.Count > 3);

        var year = await Host.GetAsync($"/tax?year=2024&method={method}");
        var part = await Host.GetAsync($"/tax?year=2024&method={method}&limit=2");
        var before = await Host.GetAsync($"/tax?year=2023&method={method}");

        Assert.Equal(JsonSerializer.Serialize(sold, ApiJson.Options), year.GetProperty("disposals").GetRawText());
        Assert.Equal(JsonSerializer.Serialize(lots.Open, ApiJson.Options), year.GetProperty("open").GetRawText());
        Assert.Equal((sold.Sum(one => one.ProceedsUsd), sold.Sum(one => one.CostUsd), sold.Sum(one => one.GainUsd)),
            (year.GetProperty("proceedsUsd").GetDecimal(), year.GetProperty("costUsd").GetDecimal(), Gain(year)));
        Assert.Equal(JsonSerializer.Serialize(sold.Take(2), ApiJson.Options), part.GetProperty("disposals").GetRawText());
        Assert.Equal((Gain(year), sold.Count, lots.Open.Count()),
            (Gain(part), part.GetProperty("disposalsTotal").GetInt32(), part.GetProperty("openTotal").GetInt32()));
        Assert.Equal((0m, 0), (Gain(before), before.GetProperty("disposals").GetArrayLength()));

        static decimal Gain(JsonElement year) => year.GetProperty("gainUsd").GetDecimal();
    }

    [Fact]
    public async Task what_is_unchanged_is_not_sent_again()
    {
        var (_, _, headers) = await Host.AskAsync("/trades?limit=5");
        var tag = headers.ETag!.Tag;

        var again = await Host.AskAsync("/trades?limit=5", headers: ("If-None-Match", tag));
        var other = await Host.AskAsync("/trades?limit=6", headers: ("If-None-Match", tag));

        Assert.Equal((HttpStatusCode.NotModified, HttpStatusCode.OK), (again.Status, other.Status));
    }

    [Theory]
    [InlineData("/decisions?limit=0", 400, "wrong-input", "limit must be 1 to 500, was 0")]
    [InlineData("/decisions?action=dance", 400, "wrong-input", "action must be hold or buy or sell, was dance")]
    [InlineData("/decisions/00000000-0000-0000-0000-000000000001", 404, "not-found",
        "no decision is 00000000-0000-0000-0000-000000000001")]
    [InlineData("/prices?symbol=bitcoin", 400, "wrong-input", "symbol must be a symbol like BTC-USD, was bitcoin")]
    [InlineData("/prices?symbol=BTC-USD&interval=0", 400, "wrong-input", "interval must be 1 to 31536000 seconds, was 0")]
    [InlineData("/tax?year=1999", 400, "wrong-input", "year must be 2009 to 9999, was 1999")]
    [InlineData("/tax?limit=0", 400, "wrong-input", "limit must be 1 to 500, was 0")]
    [InlineData("/models/oracle/BTC-USD/predictions", 404, "not-found", "no model oracle has been asked about BTC-USD")]
    [InlineData("/events/999999999/proof", 404, "not-found", "event 999999999 is not sealed")]
    [InlineData("/past/runs/7", 404, "not-found", "there is no run 7")]
    [InlineData("/nothing", 404, "not-found", "the API has no nothing")]
    public async Task what_is_wrong_is_a_problem_that_says_what_is_allowed(string path, int status, string kind, string detail)
    {
        var (answered, problem, _) = await Host.AskAsync(path);

        Assert.Equal(status, (int)answered);
        Assert.Equal($"urn:trading:problem:{kind}", problem.GetProperty("type").GetString());
        Assert.Contains(detail, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task what_would_change_in_the_limits_is_reported_before_it_is_set()
    {
        var (status, would, _) = await Host.AskAsync("/limits?dryRun=true", DashboardHost.Operator, HttpMethod.Post,
            new { reason = "look", set = new { MaxTradeAmountUsd = "77" } });

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("77", would.GetProperty("changes")[0].GetProperty("now").GetString());
        Assert.DoesNotContain("\"77\"", (await Host.GetAsync("/limits")).GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_check_of_the_journal_says_that_it_is_as_it_was_sealed()
    {
        await run.SealAsync();
        var (status, check, _) = await Host.AskAsync("/audit/checks", DashboardHost.Auditor, HttpMethod.Post);
        Assert.Equal(HttpStatusCode.Accepted, status);
        JsonElement found;
        do
        {
            found = (await Host.GetAsync("/audit")).GetProperty("checks").EnumerateArray()
                .Single(known => known.GetProperty("id").GetInt32() == check.GetProperty("id").GetInt32());
            await Task.Delay(20);
        }
        while (found.GetProperty("state").GetString() == "running");

        Assert.Equal("clean", found.GetProperty("state").GetString());
        Assert.Equal("abe", found.GetProperty("by").GetString());
    }
}
