using System.Diagnostics;
using System.Globalization;
using Trading.Core;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Xunit;
using Xunit.Abstractions;
using static Trading.TestKit.Exchanges.ExchangeSystem;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>
/// Many symbols with a stop each on a simulated Binance, as it weighs requests: some seconds of sixteen, in the long form ten minutes of
/// fifty.
/// </summary>
public sealed class ExchangeWeightTests(ITestOutputHelper output)
{
    private static readonly int Symbols = LongForm.Or(50, 16);

    [Fact]
    public async Task many_symbols_with_stops_use_less_than_a_third_of_the_budget_and_what_they_sell_is_booked_soon()
    {
        var seconds = LongForm.Or(600, 8);
        await using var system = await ExchangeSystem.CreateAsync("binance");
        var simulator = (BinanceSimulator)system.Simulator;
        system.Settings = system.Settings with { ReconcileIntervalSeconds = 30 };
        var markets = new List<Venue> { system.Market };
        for (var number = 1; number < Symbols; number++)
            markets.Add(system.AddMarket($"C{number}", 100));
        simulator.CountsWeight = false;
        var app = await system.StartAsync();
        foreach (var market in markets)
        {
            var symbol = $"{market.Rules.Base}-USD";
            var quantity = market == system.Market ? 0.002m : 1;
            await system.TradeAsync(app, quantity, symbol: symbol, margin: market.Price / 100);
            await system.RestAsync(app, Math.Floor(quantity * 0.99m / 0.00001m) * 0.00001m, Math.Round(market.Price * 0.95m, 2), symbol);
        }

        simulator.CountsWeight = true;
        var (weight, requests, begin) = (simulator.WeightUsed, simulator.Count, Stopwatch.GetTimestamp());
        var sold = markets.Take(LongForm.Or(40, 3)).ToList();
        if (!LongForm.IsWanted)
            await Task.Delay(TimeSpan.FromSeconds(seconds));
        foreach (var market in sold)
        {
            if (LongForm.IsWanted)
                await Task.Delay(TimeSpan.FromSeconds((double)seconds / sold.Count));
            market.SetPrice(market.Price * 0.949m);
        }
        var minutes = Stopwatch.GetElapsedTime(begin).TotalMinutes;
        var (perMinute, questions) = ((simulator.WeightUsed - weight) / minutes, (simulator.Count - requests) / minutes);
        await UntilAsync(async () => (await system.StateAsync()).Reservations.Count == Symbols - sold.Count);

        var booked = (await JournalRecord.ReadAsync(system.Database)).Stored.Where(stored => stored.Type == "order_filled")
            .ToDictionary(stored => ((OrderFilled)stored.Event()).ExchangeTradeId, stored => stored.Timestamp);
        var delays = sold.SelectMany(market => market.Fills.Where(fill => !fill.Buys))
            .Select(fill => (booked[$"{fill.TradeId}"] - fill.At).TotalSeconds).Order().ToList();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Symbols} symbols with stops, {minutes:0.0} min: {perMinute:0} of 6000 weight and {questions:0} questions a minute; "
            + $"fill to booking median {delays[delays.Count / 2]:0.0} s, p99 {delays[(int)((delays.Count - 1) * 0.99)]:0.0} s"));
        // In a few seconds one comparison weighs more than its share of a minute.
        Assert.InRange(perMinute, 1, LongForm.Or(2000, 4000));
        await system.AgreesAsync(app);
    }
}
