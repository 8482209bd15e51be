using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Trading.Hosting.Telemetry;
using Xunit;

namespace Trading.Services.Tests.Hosting;

/// <summary>The log of a program on a terminal.</summary>
public sealed class ProgramLogTests
{
    public static TheoryData<string> Logs => ["of a service", "of trading run", "of the start"];

    [Theory]
    [MemberData(nameof(Logs))]
    public void a_terminal_that_takes_no_more_lines_has_them_dropped_and_stops_nobody_who_logs(string log)
    {
        using var services = new ServiceCollection().AddLogging(logging =>
        {
            if (log == "of the start")
                logging.AddNotices();
            else
                logging.AddProgramLog(interactive: log == "of trading run");
        }).BuildServiceProvider();

        Assert.Equal(ConsoleLoggerQueueFullMode.DropWrite,
            services.GetRequiredService<IOptionsMonitor<ConsoleLoggerOptions>>().CurrentValue.QueueFullMode);
    }
}
