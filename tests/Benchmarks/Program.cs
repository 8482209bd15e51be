using Trading.Benchmarks;

return args switch
{
    [] or ["pipeline"] => await PipelineBenchmark.RunAsync(),
    ["transport"] => await TransportBenchmark.RunAsync(),
    ["risk"] => await RiskBenchmark.RunAsync(),
    ["audit"] => await AuditBenchmark.RunAsync(),
    ["stores"] => await StoresBenchmark.RunAsync(),
    ["models"] => await ModelBenchmark.RunAsync(),
    ["backtest"] => await BacktestBenchmark.RunAsync(),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("benchmarks: pipeline, transport, risk, audit, stores, models, backtest");
    return 2;
}
