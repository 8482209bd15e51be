using Trading.Benchmarks;

return args switch
{
    [] or ["pipeline"] => await PipelineBenchmark.RunAsync(),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("benchmarks: pipeline");
    return 2;
}
