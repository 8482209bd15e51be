using System.Text.Json;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Integration.Tests.Research;

/// <summary>A command of research with a strategy, as a researcher runs it.</summary>
public abstract class ResearchCommandTest : SerialTest
{
    private protected static readonly string[] Strategy = ["--strategy", "sma-momentum", "--quantity", "0.1"];

    private protected static async Task<JsonElement> Json(int code, params string[] arguments)
    {
        var (ended, output, errors) = await RunAsync(arguments);
        Assert.True(ended == code, $"ended with {ended}: {errors}{output}");
        return JsonDocument.Parse(output).RootElement;
    }

    private protected static Task<CliProgram.Result> RunAsync(params string[] arguments) => CliProgram.RunHereAsync(arguments);
}
