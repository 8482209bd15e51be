using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using Trading.Core;
using Trading.Integration.Tests.KilledPrograms;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>
/// Executors that are frozen in the middle of their orders (SIGSTOP), so that another one takes over, and are woken later (SIGCONT): what
/// they believed before they slept makes no order twice and books nothing twice.
/// </summary>
public sealed class FrozenLeaderTests
{
    [Theory]
    [InlineData("binance", 5)]
    public async Task a_leader_that_is_frozen_loses_its_lock_and_does_nothing_with_it_when_it_wakes(string name, int seed)
    {
        if (OperatingSystem.IsWindows())
            return;
        var (orders, random) = (LongForm.Or(400, 40), new Random(seed));
        await using var system = await ExchangeSystem.CreateAsync(name);
        system.Simulator.Faults = new(seed, orderRate: 0.05, questionRate: 0.02);
        if (system.Simulator is BinanceSimulator binance)
            binance.CountsWeight = false;
        using var frozen = new Program(system, orders);
        await frozen.EndedAsync(random.Next(2, 8));
        frozen.Signal("STOP");
        using var other = new Program(system, orders);

        // It leads, compares the account, which the leader alone does, and trades.
        await other.EndedAsync(random.Next(2, 8));
        frozen.Signal("CONT");

        await frozen.DoneAsync();
        await other.DoneAsync();
        var journal = await JournalRecord.ReadAsync(system.Database);
        Assert.All(system.Market.Orders.GroupBy(order => order.ClientId), same => Assert.Single(same));
        var booked = journal.Stored.Where(happened => happened.Type == "order_filled")
            .Select(happened => ((OrderFilled)happened.Event()).ExchangeTradeId).ToList();
        Assert.Equal(system.Market.Fills.Select(fill => fill.TradeId.ToString(CultureInfo.InvariantCulture)).Order(), booked.Order());
        Assert.Equal(system.Market.Balance("BTC"), journal.Account!.PositionIn(InProcessSystem.Symbol).Quantity);
        Assert.Equal(system.Market.Balance(system.Quote), journal.Account.CashUsd);
        Assert.Empty(journal.Account.External!.Differences);
        Assert.True(RunSummary.AddsUp(journal.Account, ExchangeAccount.CashUsd));
    }

    // An Executor of its own process, which writes a line for each trade that has ended, and "done".
    private sealed class Program : IDisposable
    {
        private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
        private readonly Process _process;

        public Program(ExchangeSystem system, int orders)
        {
            // Its secret is in the environment of this process.
            _process = Process.Start(new ProcessStartInfo("dotnet", [
                typeof(ProgramToKill).Assembly.Location, "executor", system.Database, system.Simulator.Address.ToString(), system.Name,
                orders.ToString(CultureInfo.InvariantCulture)])
            { RedirectStandardOutput = true, RedirectStandardError = true })!;
            _ = TestLogs.KeepErrors(_process, $"executor {_process.Id}");
            _ = ReadAsync();
        }

        public void Signal(string signal)
        {
            using var sent = Process.Start("kill", [$"-{signal}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
            sent.WaitForExit();
            Assert.Equal(0, sent.ExitCode);
        }

        public async Task EndedAsync(int trades)
        {
            using var limit = new CancellationTokenSource(HangGuard.Limit);
            for (var ended = 0; ended < trades; ended++)
                await _lines.Reader.ReadAsync(limit.Token);
        }

        public async Task DoneAsync()
        {
            using var limit = new CancellationTokenSource(HangGuard.Limit);
            while (await _lines.Reader.ReadAsync(limit.Token) != "done")
            {
            }
        }

        public void Dispose()
        {
            if (!_process.HasExited)
                _process.Kill();
            _process.Dispose();
        }

        private async Task ReadAsync()
        {
            while (await _process.StandardOutput.ReadLineAsync() is { } line)
                await _lines.Writer.WriteAsync(line);
            _lines.Writer.Complete();
        }
    }
}
