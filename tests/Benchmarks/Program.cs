using Trading.Benchmarks;

return args switch
{
    [] or ["pipeline"] => await PipelineBenchmark.RunAsync(),
    ["transport"] => await TransportBenchmark.RunAsync(),
    ["audit"] => await AuditBenchmark.RunAsync(),
    ["stores"] => await StoresBenchmark.RunAsync(),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("benchmarks: pipeline, transport, audit, stores");
    return 2;
}
