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
    ["audit"] => await AuditBenchmark.RunAsync(),
    ["growth", .. var sizes] => await GrowthBenchmark.RunAsync(sizes.Length == 0 ? [10_000, 100_000, 1_000_000]
        : [.. sizes.Select(size => int.Parse(size, CultureInfo.InvariantCulture))]),
    ["stores"] => await StoresBenchmark.RunAsync(),
    ["models"] => await ModelBenchmark.RunAsync(),
    ["backtest"] => await BacktestBenchmark.RunAsync(),
    ["reading"] => await ReadingBenchmark.RunAsync(),
    ["dashboard-growth", .. var sizes] => await DashboardGrowthBenchmark.RunAsync(sizes.Length == 0 ? [10_000, 1_000_000]
        : [.. sizes.Select(size => int.Parse(size, CultureInfo.InvariantCulture))]),
    ["dashboard-killed", .. var rest] => await DashboardKilledBenchmark.RunAsync(rest),
    ["dashboard", .. var rest] => await DashboardBenchmark.RunAsync(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("benchmarks: pipeline, transport, replicas, risk, audit, growth, stores, models, backtest, reading, "
        + "dashboard [seconds rounds milliseconds viewers], dashboard-killed [seconds rounds viewers], dashboard-growth [events ...]");
    return 2;
}
