using System.Text.Json;
using Trading.TestKit.Audit;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>Commands over the journal of a recorded run.</summary>
public abstract class CommandTest(RecordedJournal recorded)
{
    private protected readonly RecordedJournal journal = recorded;

    // Both runs at once; both must end well, say nothing on standard error, and no bar may stand in what goes into a pipe.
    private protected async Task<(CliProgram.Result One, CliProgram.Result Other)> TwiceAsync(
        string[] one, string[] other, bool asPrograms = false)
    {
        var results = await Task.WhenAll(new[] { one, other }.Select(arguments =>
            asPrograms
                ? AuditProgram.RunAsync(journal.Connection, null, arguments) : AuditProgram.RunHereAsync(journal.Connection, arguments)));
        foreach (var (result, arguments) in results.Zip([one, other]))
        {
            Assert.True(result.Code == 0, $"{string.Join(' ', arguments)}: code {result.Code}: {result.Output}{result.Errors}");
            Assert.Equal("", result.Errors);
            Assert.DoesNotContain('\u001b', result.Output);
        }
        return (results[0], results[1]);
    }

    private protected static JsonElement Json(CliProgram.Result result) => JsonDocument.Parse(result.Output).RootElement;

    private protected static List<string> Lines(CliProgram.Result result) => [.. result.Output.TrimEnd().Split('\n')];
}
