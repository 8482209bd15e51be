using System.Diagnostics;
using System.Globalization;
using Trading.Integration.Tests.KilledPrograms;
using Trading.LocalServers;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.LocalServers;

public sealed class LocalAwsTests
{
    [Fact]
    public async Task answers_on_loopback_until_it_is_disposed_of()
    {
        var aws = await LocalAws.StartAsync();
        using var server = Process.GetProcessById(aws.ProcessId);
        using var sqs = AwsEndpoint.Sqs(aws.Url);

        Assert.True(aws.Url.IsLoopback);
        Assert.Empty((await sqs.ListQueuesAsync("")).QueueUrls ?? []);

        await aws.DisposeAsync();
        Assert.True(server.HasExited);
    }

    [Fact]
    public async Task says_in_one_line_that_its_port_is_taken()
    {
        await using var first = await LocalAws.StartAsync();

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => LocalAws.StartAsync(first.Url.Port));

        Assert.Contains($"did not start on port {first.Url.Port}", error.Message, StringComparison.Ordinal);
        Assert.Contains("address already in use", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public async Task ends_with_the_program_that_started_it_even_when_that_is_killed()
    {
        using var starter = Process.Start(new ProcessStartInfo("dotnet", [typeof(ProgramToKill).Assembly.Location, "aws"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        var processId = int.Parse((await starter.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
        using var server = Process.GetProcessById(processId);

        starter.Kill();

        using var limit = new CancellationTokenSource(HangGuard.Limit);
        await server.WaitForExitAsync(limit.Token);
    }
}
