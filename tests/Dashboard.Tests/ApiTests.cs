using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Trading.Core;
using Trading.Dashboard.Answers;
using Trading.Journal.Events;
using Trading.TestKit.Pipeline;
using Xunit;

namespace Trading.Dashboard.Tests;

/// <summary>What the API says about a recorded run.</summary>
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
}
