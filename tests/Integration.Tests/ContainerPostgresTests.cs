using System.ComponentModel;
using System.Diagnostics;
using Trading.Journal;
using Xunit;

namespace Trading.Integration.Tests;

public sealed class ContainerPostgresTests
{
    [ContainerFact(engine: false)]
    public async Task where_no_container_engine_answers_one_line_says_so()
    {
        var refused = await Assert.ThrowsAsync<PrivatePostgresException>(() => ContainerPostgres.StartAsync());

        Assert.Equal(
            "Journal=container needs a container engine, and none answers: start Docker or Podman, or choose Journal=local",
            refused.Message);
    }

    [ContainerFact(engine: true)]
    public async Task a_container_keeps_every_commit_for_the_next_start()
    {
        var name = $"trading-test-{Environment.ProcessId}";
        await using (var first = await ContainerPostgres.StartAsync(name))
        {
            Assert.Equal("on", await PrivatePostgresTests.Ask(first.ConnectionString, "SHOW fsync"));
            await PrivatePostgresTests.Ask(first.ConnectionString, "CREATE TABLE kept AS SELECT 42 AS answer");
            var refused = await Assert.ThrowsAsync<PrivatePostgresException>(() => ContainerPostgres.StartAsync(name));
            Assert.EndsWith($"If no other program uses it, remove it with: docker rm --force {name}", refused.Message);
        }

        await using (var again = await ContainerPostgres.StartAsync(name))
            Assert.Equal(42, await PrivatePostgresTests.Ask(again.ConnectionString, "SELECT answer FROM kept"));
        using var remove = Process.Start(new ProcessStartInfo("docker", ["volume", "rm", name]) { RedirectStandardOutput = true })!;
        await remove.WaitForExitAsync();
    }
}

/// <summary>A test for a machine with or without a container engine; the one with one pulls an image and has to be asked for.</summary>
public sealed class ContainerFactAttribute : FactAttribute
{
    private static readonly Lazy<bool> Answers = new(EngineAnswers);

    public ContainerFactAttribute(bool engine)
    {
        if (engine && Environment.GetEnvironmentVariable("TRADING_TEST_CONTAINER") != "1")
            Skip = "pulls a container image: set TRADING_TEST_CONTAINER=1 to run it";
        else if (engine != Answers.Value)
            Skip = engine ? "no container engine answers" : "a container engine answers";
    }

    private static bool EngineAnswers()
    {
        try
        {
            var version = new ProcessStartInfo("docker", ["version"]) { RedirectStandardOutput = true, RedirectStandardError = true };
            using var docker = Process.Start(version)!;
            docker.WaitForExit();
            return docker.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false; // It is not installed.
        }
    }
}
