using System.Diagnostics;
using ModelContextProtocol;
using Trading.Cli.Shared;
using Trading.Hosting;

namespace Trading.Cli.Assistants;

/// <summary>Runs commands of this program on one journal and takes what they say.</summary>
/// <param name="run">The journal.</param>
internal sealed class TradingProcess(JournalRun run)
{
    private const int MostCharacters = 400_000;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    /// <summary>What a command says.</summary>
    /// <exception cref="McpException">It could not say anything; the message is its own line.</exception>
    public async Task<string> AskAsync(IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, run.Cancellation);
        stop.CancelAfter(Longest);
        var program = TradingCommand.Here ?? throw new McpException("the program trading is not beside this one");
        using var process = Process.Start(TradingCommand.On(program, run.ConnectionString, run.Settings, arguments))!;
        await using var kill = stop.Token.Register(() => process.Kill(entireProcessTree: true));
        process.StandardInput.Close();
        var said = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        await process.WaitForExitAsync(CancellationToken.None);
        var text = await said;
        if (stop.IsCancellationRequested)
            throw new McpException($"trading {arguments[0]} was stopped after {Longest.TotalMinutes:0} minutes at most");
        if (process.ExitCode is not (0 or 1) || text.Length == 0)
            throw new McpException(Words(await errors));
        return text.Length <= MostCharacters ? text
            : throw new McpException($"the answer is longer than {MostCharacters} characters: ask for less");
    }

    private static string Words(string errors) =>
        errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "it said nothing";
}
