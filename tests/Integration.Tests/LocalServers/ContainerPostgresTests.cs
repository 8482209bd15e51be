using System.ComponentModel;
using System.Diagnostics;
using Testcontainers.PostgreSql;
using Trading.Journal.Events;
using Xunit;

namespace Trading.Integration.Tests.LocalServers;

public sealed class ContainerPostgresTests
{
    /// <summary>The image that docker-compose.yml runs.</summary>
    public const string Image = "postgres:17.6-bookworm";

    [ContainerFact]
    public async Task a_journal_is_made_in_the_postgresql_image_that_compose_runs()
    {
        await using var container = new PostgreSqlBuilder(Image).WithDatabase("trading").Build();
        await container.StartAsync();

        await using var journal = new TradeJournal(container.GetConnectionString(), new("test", "1"), TimeProvider.System);
        await journal.PrepareAsync();

        Assert.Equal(0L, await PrivatePostgresTests.Ask(container.GetConnectionString(), "SELECT count(*) FROM mt_events"));
    }
}

/// <summary>A test for a machine with a container engine. It pulls an image and has to be asked for.</summary>
public sealed class ContainerFactAttribute : FactAttribute
{
    private static readonly Lazy<bool> Answers = new(EngineAnswers);

    public ContainerFactAttribute()
    {
        if (Environment.GetEnvironmentVariable("TRADING_TEST_CONTAINER") != "1")
            Skip = "pulls a container image: set TRADING_TEST_CONTAINER=1 to run it";
        else if (!Answers.Value)
            Skip = "no container engine answers";
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
