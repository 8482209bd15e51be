using System.Diagnostics;
using Trading.Hosting.Messaging;
using Trading.TestKit.Data;
using Trading.TestKit.Distributed;
using Trading.TestKit.Pipeline;
using Xunit;
using Xunit.Abstractions;

namespace Trading.Integration.Tests.Distributed;

/// <summary>
/// The programs of the image, each in a container with the memory, the user and the read-only root file system of a pod, over SNS/SQS and
/// PostgreSQL of this machine. TRADING_TEST_IMAGE names the image; without it these tests are skipped.
/// </summary>
[Collection(nameof(LongRuns))]
public sealed class ImageTests(LocalEndpoint endpoint, ITestOutputHelper output) : DistributedTests
{
    // The technical rule has its 50 prices after the first of these hours, and trades in the others.
    private static readonly DateTimeOffset Until = InProcessSystem.Start.AddHours(6);

    [ImageFact]
    public async Task the_services_of_the_image_trade_recorded_hours_exactly_as_the_fold_over_the_same_candles()
    {
        var candles = SharedData.Folder is null
            ? InProcessSystem.WriteCandles(Folder, minutes: 400, seed: 11) : Copied("binance_btcusdt_1m_2024.csv.gz");
        await using var system = await DistributedSystem.CreateOfImageAsync(endpoint.Aws, Readable(Folder),
            [.. DistributedSystem.Recorded(candles), "--from", $"{InProcessSystem.Start:s}Z", "--to", $"{Until:s}Z"]);
        var begin = Stopwatch.GetTimestamp();
        var journal = await FourProcessesTests.PlayedLikeTheFold(system, AllReadyAsync);
        Assert.Contains(journal.Trades, trade => trade.Filled);
        output.WriteLine($"the image has {TradingImage.Size} bytes; {journal.Trades.Count} decisions in {Seconds(begin)} s");

        async Task AllReadyAsync()
        {
            foreach (var (name, service) in system.Running)
            {
                await system.UntilAsync($"{name} is ready", service.IsReadyAsync);
                output.WriteLine($"{name}: ready after {Seconds(begin)} s, {TradingImage.Memory(service)}");
            }
        }
    }

    [ImageFact]
    public async Task a_service_of_the_image_that_is_stopped_under_load_ends_in_time_and_leaves_no_message_taken()
    {
        await using var system = await DistributedSystem.CreateOfImageAsync(endpoint.Aws, Readable(Folder),
            DistributedSystem.Recorded(InProcessSystem.WriteCandles(Folder, minutes: 2, seed: 14)));
        await StopTests.StoppedUnderLoadAsync(system);
    }

    [ImageFact]
    public async Task services_of_the_image_are_replaced_by_those_of_this_build_under_load_and_nothing_is_lost_or_done_twice()
    {
        const int Prices = 400;
        var prices = InProcessSystem.WavePrices(Prices, seed: 14).ToList();
        await using var system = await DistributedSystem.CreateOfImageAsync(endpoint.Aws, Readable(Folder),
            DistributedSystem.Recorded(InProcessSystem.WriteCandles(Folder, minutes: 2, seed: 14)));
        string[] services = [DistributedSystem.Predictor, DistributedSystem.RiskManager, DistributedSystem.Executor];
        await PriceBurst.StoreAsync(system.Database, prices);
        system.Start(services);
        await system.SendAsync(TradingEndpoint.Predictor, prices);
        // As a rollout does: one of this version is ready before one of the last is ended, and meanwhile both work.
        var replaced = new List<RunningService>();
        try
        {
            foreach (var (service, decisions) in services.Zip([40, 140, 240]))
            {
                await system.DecidedAsync(decisions);
                replaced.Add(system.RunOfBuild(service));
                await system.UntilAsync($"{service} of this build is ready", replaced[^1].IsReadyAsync);
                await system.TerminateAsync(service);
            }
            await system.DecidedAsync(Prices);
        }
        finally
        {
            replaced.ForEach(service => service.Dispose());
        }
        var journal = await JournalRecord.ReadAsync(system.Database);
        Assert.Equal(Prices, journal.Trades.Count);
        journal.AddsUp(system.Settings.StartingCashUsd);
        journal.ReplaysWithoutDifference();
    }

    [ImageTheory]
    [InlineData("run", "--feed", "simulated", "--journal", "postgres")]
    [InlineData("service", "price-collector", "--feed", "simulated", "--journal", "postgres")]
    [InlineData("service", "dashboard", "--journal", "postgres", "--set", "ControlTokens=kim=viewer:kim-token")]
    public async Task a_program_of_the_image_that_is_told_to_end_ends_by_itself_and_well(params string[] arguments)
    {
        await using var system = await DistributedSystem.CreateOfImageAsync(endpoint.Aws, Readable(Folder), "--feed", "simulated");
        using (var migration = system.RunOfImage(["journal", "migrate", "--set", "Journal=postgres"]))
            Assert.True(await migration.ExitAsync() == 0, migration.Output);
        using var program = system.RunOfImage([.. arguments, "--http-port", "0"]);
        var begin = Stopwatch.GetTimestamp();
        await system.UntilAsync("it is ready", async () => program.HasExited || await program.IsReadyAsync());
        Assert.False(program.HasExited, program.Output);
        output.WriteLine($"ready after {Seconds(begin)} s, {TradingImage.Memory(program)}");
        begin = Stopwatch.GetTimestamp();
        var exitCode = await program.TerminateAsync();
        output.WriteLine($"ended after {Seconds(begin)} s");
        Assert.True(exitCode == 0, $"it ended with {exitCode}:\n{program.Output}");
    }

    private static string Seconds(long begin) => $"{Stopwatch.GetElapsedTime(begin).TotalSeconds:0.0}";

    // The programs run as a user of their own.
    private static string Readable(string folder)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        return folder;
    }

    private string Copied(string name)
    {
        var copy = Path.Combine(Folder, name);
        File.Copy(SharedData.Path(name), copy);
        return copy;
    }
}
