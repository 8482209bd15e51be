using System.Runtime.CompilerServices;

namespace Trading.TestKit.Programs;

/// <summary>
/// Programs that were compiled ahead of time (TRADING_AHEAD=1, which .ci/run sets) do not compile again what they call often: they end
/// before that would pay. The process of the tests, which runs for longer, has read its own setting by then.
/// </summary>
internal static class CompiledAhead
{
    [ModuleInitializer]
    internal static void Give()
    {
        if (Environment.GetEnvironmentVariable("TRADING_AHEAD") == "1")
            Environment.SetEnvironmentVariable("DOTNET_TC_CallCounting", "0");
    }
}
