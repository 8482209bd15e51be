using Trading.Contracts;
using Trading.Hosting.Messaging;
using Trading.Journal.Tables;
using Trading.LocalServers;
using Trading.TestKit.Pipeline;
using Xunit;

namespace Trading.TestKit.Distributed;

/// <summary>Many prices of 20 symbols at once, for one account whose cash runs out first.</summary>
internal sealed class PriceBurst : IAsyncDisposable
{
    public const int Symbols = 20;

    private readonly string _folder;

    private PriceBurst(DistributedSystem system, string folder, IReadOnlyList<PriceObserved> prices) =>
        (System, _folder, Prices) = (system, folder, prices);

    public static IReadOnlyList<string> Deciding { get; } =
        [DistributedSystem.Predictor, DistributedSystem.RiskManager, DistributedSystem.Executor];

    public DistributedSystem System { get; }

    public IReadOnlyList<PriceObserved> Prices { get; }

    /// <summary>A system with the history of the symbols; the burst is a stretch of waves in which is bought.</summary>
    /// <param name="aws">Where topics and queues are made.</param>
    /// <param name="minutes">Prices of each symbol, a minute each.</param>
    public static async Task<PriceBurst> CreateAsync(LocalAws aws, int minutes)
    {
        const int FirstBought = 140;
        // As in a recorded run the clock is that of the prices, so that a burst of an hour is not an hour ahead.
        var folder = Directory.CreateTempSubdirectory("trading-burst-").FullName;
        var system = await DistributedSystem.CreateAsync(aws,
            [.. DistributedSystem.Recorded(InProcessSystem.WriteCandles(folder, minutes: 2, seed: 14)),
            "--set", "MaxPriceAgeSeconds=3600", "--set", "StartingCashUsd=3000",
            "--set", $"AllowedSymbols={InProcessSystem.Symbol},{string.Join(',', Enumerable.Range(1, Symbols).Select(Symbol))}",
            "--set", "MaxExposureShare=1", "--set", "MaxOpenOrders=0", "--set", "MaxOrdersPerMinute=0", "--set", "MaxOrdersPerDay=0",
            "--set", "DuplicateWindowSeconds=0", "--set", "CooldownSeconds=0"]);
        var waves = Enumerable.Range(1, Symbols).Select(number => InProcessSystem.WavePrices(FirstBought + minutes, seed: number)
            .Select(price => InProcessSystem.Price(price.Price, price.IntervalStart, Symbol(number))));
        var prices = waves.SelectMany(wave => wave).OrderBy(price => price.IntervalStart).ToList();
        await StoreAsync(system.Database, prices);
        return new(system, folder, [.. prices.Where(price => price.IntervalStart >= InProcessSystem.Start.AddMinutes(FirstBought))]);
    }

    /// <summary>Puts prices into the history, as PriceCollector does before it publishes them.</summary>
    public static async Task StoreAsync(string database, IEnumerable<PriceObserved> prices)
    {
        await using var history = new PriceHistory(database);
        await history.PrepareAsync(CancellationToken.None);
        await Parallel.ForEachAsync(prices, new ParallelOptions { MaxDegreeOfParallelism = PriceHistory.MaxConnections },
            async (price, cancellation) => await history.AddAsync(price, cancellation));
    }

    /// <summary>Puts the whole burst before the Predictor.</summary>
    public Task SendAsync() => System.SendAsync(TradingEndpoint.Predictor, Prices);

    /// <summary>Waits until every price is decided and nothing waits or is in flight anywhere.</summary>
    public async Task FinishedAsync()
    {
        await System.DecidedAsync(Prices.Count);
        foreach (var queue in new[] { TradingEndpoint.Predictor, TradingEndpoint.RiskManager, TradingEndpoint.Executor })
            await System.UntilAsync($"{queue.Name} is empty",
                async () => await System.DepthAsync(queue.QueueName(System.Settings.Scope)) == (0, 0));
    }

    /// <summary>Every price was decided once, no money came or went, no limit was exceeded, and replay decides the same.</summary>
    public async Task<JournalRecord> CheckedAsync()
    {
        foreach (var queue in TradingEndpoint.All.Where(queue => queue != TradingEndpoint.Decisions))
            Assert.Equal((0, 0), await System.DepthAsync($"{queue.QueueName(System.Settings.Scope)}_error"));
        var journal = await JournalRecord.ReadAsync(System.Database);
        Assert.Equal(Prices.Select(price => price.PriceId).Order(), journal.Trades.Select(trade => trade.Assessed.Cause())
            .Where(price => price.Symbol != InProcessSystem.Symbol).Select(price => price.PriceId).Order());
        journal.AddsUp(System.Settings.StartingCashUsd);
        journal.KeepsWithin(System.Settings);
        journal.ReplaysWithoutDifference();
        // Limits were reached, so there was something to exceed.
        Assert.Contains(journal.Trades, trade => trade.Assessed.Assessment.Refusal == RiskRule.FreeCash);
        Assert.Contains(journal.Trades, trade => trade.Filled);
        return journal;
    }

    public async ValueTask DisposeAsync()
    {
        await System.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Symbol(int number) => $"COIN{number}-USD";
}
