using System.Globalization;
using Trading.Benchmarks;

// Figures look the same on every machine.
CultureInfo.CurrentCulture = CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;

return args switch
{
    [] or ["pipeline"] => await PipelineBenchmark.RunAsync(),
    ["transport"] => await TransportBenchmark.RunAsync(),
    ["replicas"] => await ReplicaBenchmark.RunAsync(),
    ["risk"] => await RiskBenchmark.RunAsync(),
    ["audit", .. var events] => await AuditBenchmark.RunAsync(First(events, 1_000_000)),
    ["growth", .. var sizes] => await GrowthBenchmark.RunAsync(sizes.Length == 0 ? [10_000, 100_000, 1_000_000, 3_000_000]
        : [.. sizes.Select(size => int.Parse(size, CultureInfo.InvariantCulture))]),
    ["size", .. var holds] => await SizeBenchmark.RunAsync(First(holds, 20_000), holds.Contains("packed"),
        holds.Skip(1).FirstOrDefault(given => given != "packed")),
    ["check", .. var events] => await GrowthBenchmark.CheckAsync(First(events, 1_000_000)),
    ["writers", .. var seconds] => await GrowthBenchmark.WritersAsync(First(seconds, 10)),
    ["stores"] => await StoresBenchmark.RunAsync(),
    ["models"] => await ModelBenchmark.RunAsync(),
    ["backtest"] => await BacktestBenchmark.RunAsync(),
    ["reading"] => await ReadingBenchmark.RunAsync(),
    ["dashboard-growth", .. var sizes] => await DashboardGrowthBenchmark.RunAsync(sizes.Length == 0 ? [10_000, 1_000_000]
        : [.. sizes.Select(size => int.Parse(size, CultureInfo.InvariantCulture))]),
    [DashboardViewers.Command, var address, var viewers] => await DashboardViewers.RunAsync(new(address), First([viewers], 0)),
    ["dashboard-killed", .. var rest] => await DashboardKilledBenchmark.RunAsync(rest),
    ["dashboard", .. var rest] => await DashboardBenchmark.RunAsync(rest),
    _ => Usage(),
};

static int First(string[] given, int otherwise) => given.Length == 0 ? otherwise : int.Parse(given[0], CultureInfo.InvariantCulture);

static int Usage()
{
    Console.Error.WriteLine("benchmarks: pipeline, transport, replicas, risk, audit [events], growth [events ...], check [events], "
        + "writers [seconds], size [holds [connection]], stores, models, backtest, reading, "
        + "dashboard [seconds rounds milliseconds viewers], dashboard-killed [seconds rounds viewers milliseconds], "
        + "dashboard-growth [events ...]");
    return 2;
}
