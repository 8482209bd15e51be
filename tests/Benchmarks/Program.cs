using Trading.Benchmarks;

return args switch
{
    [] or ["pipeline"] => await PipelineBenchmark.RunAsync(),
    ["transport"] => await TransportBenchmark.RunAsync(),
    ["audit"] => await AuditBenchmark.RunAsync(),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("benchmarks: pipeline, transport, audit");
    return 2;
}
