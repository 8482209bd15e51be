using System.Diagnostics;
using Trading.LocalServers;
using Trading.TestKit.Distributed;
using Trading.TestKit.Servers;

namespace Trading.Benchmarks;

/// <summary>
/// A burst of prices of 20 symbols for one account, over SNS/SQS and PostgreSQL on this machine, decided by one, two and three replicas of
/// Predictor, RiskManager and Executor: how long it takes, and how long the programs had a core. The queues' server and PostgreSQL share
/// the cores with them.
/// </summary>
internal static class ReplicaBenchmark
{
    private const int MinutesOfEach = 100;

    /// <summary>Runs the benchmark.</summary>
    public static async Task<int> RunAsync()
    {
        await using var aws = await LocalAws.StartAsync();
        try
        {
            foreach (var replicas in new[] { 1, 2, 3 })
                await MeasureAsync(aws, replicas);
        }
        finally
        {
            await PostgresServer.StopAsync();
        }
        return 0;
    }

    private static async Task MeasureAsync(LocalAws aws, int replicas)
    {
        await using var burst = await PriceBurst.CreateAsync(aws, MinutesOfEach);
        var running = Enumerable.Range(0, replicas).SelectMany(_ => PriceBurst.Deciding)
            .Select(service => (Service: service, Process: burst.System.Run(service))).ToList();
        try
        {
            foreach (var (service, process) in running)
                await burst.System.UntilAsync($"{service} is ready", process.IsReadyAsync);
            var before = running.Select(replica => CoreSeconds(replica.Process)).ToList();
            var begin = Stopwatch.GetTimestamp();
            await burst.SendAsync();
            await burst.FinishedAsync();
            var seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
            var used = running.Zip(before, (replica, at) => (replica.Service, Seconds: CoreSeconds(replica.Process) - at))
                .GroupBy(replica => replica.Service, replica => replica.Seconds)
                .Select(service => $"{service.Key} {service.Sum() / burst.Prices.Count * 1000:0.00}");
            var journal = await burst.CheckedAsync();
            Console.WriteLine($"{replicas} of each: {burst.Prices.Count / seconds,6:N0} decisions/s ({burst.Prices.Count:N0} prices, "
                + $"{journal.Trades.Count(trade => trade.Filled):N0} fills, {seconds:0.0} s); "
                + $"ms of a core a price: {string.Join(", ", used)}");
        }
        finally
        {
            running.ForEach(replica => replica.Process.Dispose());
        }
    }

    private static double CoreSeconds(RunningService service)
    {
        using var process = Process.GetProcessById(service.ProcessId);
        return process.TotalProcessorTime.TotalSeconds;
    }
}
