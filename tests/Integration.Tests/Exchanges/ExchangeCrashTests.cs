using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using Trading.Contracts;
using Trading.Core;
using Trading.Integration.Tests.KilledPrograms;
using Trading.Services.Exchanges;
using Trading.Hosting.Messaging;
using Trading.TestKit.Data;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;
using Xunit.Abstractions;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>
/// Orders through an exchange that goes wrong, by an Executor that is killed at moments of no choosing: some dozen with three kills, in the
/// long form thousands with a kill for each 1000 (TRADING_CRASH_ORDERS says how many). What is left at the end must agree to the last unit,
/// and to what eight decimals leave of the cash where the exchange has more.
/// </summary>
public sealed class ExchangeCrashTests(ITestOutputHelper output)
{

    private const string CoinbaseKeyId = "organizations/1/apiKeys/2";

    [Theory]
    [InlineData("binance", 80)]
    [InlineData("coinbase", 40)]
    public async Task no_trade_has_two_orders_and_journal_exchange_and_account_agree_to_the_last_unit(string name, int few)
    {
        var orders = int.TryParse(Environment.GetEnvironmentVariable("TRADING_CRASH_ORDERS"), CultureInfo.InvariantCulture, out var wanted)
            ? wanted : LongForm.Or(5000, few);
        var onBinance = name == "binance";
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (quote, secret) = onBinance
            ? ("USDT", """{"apiKey":"key","apiSecret":"secret"}""")
            : ("USD", JsonSerializer.Serialize(new { apiKey = CoinbaseKeyId, apiSecret = key.ExportECPrivateKeyPem() }));
        var kills = Math.Max(3, orders / 1000);
        var prices = Prices();
        var venue = new Venue(
            onBinance ? new("BTC", quote) : new("BTC", quote) { FeeInUnits = false, FeeDecimals = 16, FeePercent = 0.12345m },
            TimeProvider.System);
        venue.SetPrice(prices[0]);
        venue.Deposit(quote, ExchangeAccount.CashUsd);
        var faults = new Faults(seed: 7, orderRate: 0.08, questionRate: 0.03);
        await using SimulatedExchange simulator = onBinance
            ? new BinanceSimulator(venue, faults, TimeProvider.System, "key", "secret"u8.ToArray()) { CountsWeight = false }
            : new CoinbaseSimulator(venue, faults, TimeProvider.System, CoinbaseKeyId, key.ExportSubjectPublicKeyInfoPem());
        await simulator.StartAsync();
        var database = await PostgresServer.CreateDatabaseAsync();

        using var market = new CancellationTokenSource();
        var moving = MoveAsync(venue, prices, market.Token);
        var begin = Stopwatch.GetTimestamp();
        var random = new Random(7);
        for (var kill = 0; kill < kills; kill++)
            Assert.False(await RunAsync(database, simulator.Address, name, secret, orders,
                killAfter: random.Next(orders / kills / 2, orders / kills)));
        Assert.True(await RunAsync(database, simulator.Address, name, secret, orders, killAfter: int.MaxValue));
        var elapsed = Stopwatch.GetElapsedTime(begin);
        await market.CancelAsync();
        await moving;

        var journal = await JournalRecord.ReadAsync(database);
        Assert.Equal(orders, journal.Trades.Count);
        var placed = venue.Orders.GroupBy(order => order.ClientId).ToDictionary(group => group.Key, group => group.ToList());
        Assert.All(placed.Values, same => Assert.Single(same));
        var fills = journal.Stored.Where(happened => happened.Type == "order_filled")
            .ToDictionary(happened => ((OrderFilled)happened.Event()).ExchangeTradeId, happened => (OrderFilled)happened.Event());
        Assert.Equal(venue.Fills.Select(fill => $"{fill.TradeId}").Order(), fills.Keys.Order());
        foreach (var fill in venue.Fills)
        {
            var recorded = fills[$"{fill.TradeId}"];
            Assert.Equal((fill.Quantity, fill.Price, fill.Fee), (recorded.Quantity, recorded.Price, recorded.FeeBase ?? recorded.FeeUsd));
        }
        foreach (var trade in journal.Trades)
        {
            var execution = Assert.IsType<Execution>(trade.Execution);
            var order = placed.GetValueOrDefault(execution.ClientOrderId)?.Single();
            Assert.Equal(order?.Filled ?? 0, execution.FilledQuantity);
            Assert.Equal(order?.Value ?? 0, decimal.Round(execution.FilledQuantity * execution.AveragePrice, 8));
        }
        // Orders that meet a comparison of the account, before their intent is recorded or at the last check before they are sent, are not
        // sent; nothing else is kept back for that.
        var kept = journal.Trades.Where(trade => !placed.ContainsKey(trade.Execution!.ClientOrderId)).ToList();
        var notCompared = kept.Where(trade =>
            trade.Execution!.Reason!.StartsWith($"the account has not been compared with {name} yet", StringComparison.Ordinal)).ToList();
        var starts = journal.Stored.Where(happened => happened.Type == "reconciliation_began")
            .Select(happened => happened.Sequence).ToList();
        var streams = journal.Stored.ToLookup(happened => happened.StreamId);
        Assert.All(notCompared, trade =>
        {
            var stream = streams[Trade.StreamId(trade.Assessed.TradeId)].ToList();
            Assert.Contains(starts, start => start > stream[0].Sequence && start < stream[^1].Sequence);
        });
        Assert.InRange(notCompared.Count, 0, starts.Count * CrashingExecutor.MostOpen);
        // An order that got lost, or that was recorded and not sent when a process died (at most what one has in hand), is not sent again.
        var lost = simulator.Faults.Counts.Where(entry => entry.Key is SimFault.LostThenUnknown or SimFault.LostThenCut)
            .Sum(entry => entry.Value);
        var neverPlaced = kept.Count(trade => trade.Execution!.Reason!.EndsWith("it was never placed", StringComparison.Ordinal));
        Assert.InRange(neverPlaced, 0, (kills * TradingServices.ConcurrentMessages) + lost);
        // Every other trade was sent, but for those that the machine was too slow for and those that a stop or a cancel was before.
        string[] others =
        [
            "taken off for trade", "takes its place", "had sold before it was placed", "cancelled by test before it was placed",
            ExchangeOrder.TooLate,
        ];
        Assert.All(kept.Except(notCompared).Select(trade => trade.Execution!.Reason!).Where(reason =>
                !reason.EndsWith("it was never placed", StringComparison.Ordinal)),
            reason => Assert.Contains(others, other => reason.Contains(other, StringComparison.Ordinal)));
        Assert.NotEmpty(venue.Fills);
        // No order of anybody else is there.
        Assert.Subset(journal.Trades.Select(trade => trade.Execution!.ClientOrderId).ToHashSet(), placed.Keys.ToHashSet());

        var account = journal.Account!;
        Assert.Empty(account.Reservations);
        Assert.Empty(account.External!.Differences);
        Assert.Equal(venue.Balance("BTC"), account.PositionIn(InProcessSystem.Symbol).Quantity);
        if (onBinance)
            Assert.Equal(venue.Balance(quote), account.CashUsd);
        else
        {
            // Sixteen decimals of fees are not eight: what is rounded is always the account's loss, a unit of the eighth decimal for each
            // trade at most.
            Assert.InRange(venue.Balance(quote) - account.CashUsd, 0.00000001m, 0.00000001m * account.TradesSettled);
        }
        Assert.True(RunSummary.AddsUp(account, ExchangeAccount.CashUsd));
        Assert.Equal(JournalRecord.Text(journal.AccountEvents.Aggregate(default(Portfolio), Portfolio.Evolve)),
            JournalRecord.Text(account));
        var outcomes = journal.Trades.GroupBy(trade => trade.Execution!.Outcome);
        var injected = simulator.Faults.Counts.OrderBy(entry => entry.Key);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{orders} orders in {elapsed.TotalSeconds:0} s, "
            + $"killed {kills} times; {placed.Count} reached the exchange, {venue.Fills.Count} fills; "
            + $"{string.Join(", ", outcomes.Select(group => $"{group.Count()} {group.Key}"))}; "
            + $"faults: {string.Join(", ", injected.Select(entry => $"{entry.Value} {entry.Key}"))}"));
    }

    // Five minutes of recorded trades, or a wave where there is no recorded data.
    private static List<decimal> Prices()
    {
        if (SharedData.Folder is null)
            return [.. Enumerable.Range(0, 2000).Select(step => decimal.Round((decimal)(61_700 + 100 * Math.Sin(step / 50.0)), 2))];
        using var lines = new StreamReader(
            new GZipStream(File.OpenRead(SharedData.Path("binance_btcusdt_trades_20240808.csv.gz")), CompressionMode.Decompress));
        lines.ReadLine();
        var prices = new List<decimal>();
        while (lines.ReadLine() is { } line)
            prices.Add(decimal.Parse(line.Split(',')[3], CultureInfo.InvariantCulture));
        return prices;
    }

    private static async Task MoveAsync(Venue venue, List<decimal> prices, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        for (var step = 0; ; step++)
        {
            venue.SetPrice(prices[step % prices.Count]);
            try
            {
                await timer.WaitForNextTickAsync(cancellation);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private static async Task<bool> RunAsync(string database, Uri exchange, string name, string secret, int orders, int killAfter)
    {
        using var program = Process.Start(new ProcessStartInfo("dotnet", [
            typeof(ProgramToKill).Assembly.Location, "executor", database, exchange.ToString(), name, $"{orders}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { [$"TRADING_SECRET_TRADING_{name.ToUpperInvariant()}_TEST"] = secret },
        })!;
        var errors = TestLogs.KeepErrors(program, $"executor {program.Id}");
        var (ended, done) = (0, false);
        using var limit = new CancellationTokenSource(HangGuard.Limit);
        while (await program.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            done |= line == "done";
            if (++ended == killAfter)
                program.Kill();
        }
        await program.WaitForExitAsync();
        Assert.True(program.ExitCode == 128 + 9 || done, $"exit code {program.ExitCode}: {await errors}");
        return done;
    }
}
