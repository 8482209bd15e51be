using System.CommandLine;
using Trading.Cli.Shared;

namespace Trading.Cli.Data;

/// <summary>Prices to a file.</summary>
public static class ExportCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new DataOptions();
        var output = new Option<FileInfo>("--output", "-o")
        { Description = "file to write; standard output by default", HelpName = "file" }
            .Written();
        var command = new Command("export", $"Writes the prices of the history as text, oldest first: {PriceCsv.Header}. "
            + "data import reads it again.\nExample: trading data export --from 2024-03-01 --output march.csv") { output };
        options.Act(command, creates: false, async run =>
        {
            var count = 0L;
            var file = run.Parsed.GetValue(output);
            await using (var text = file is null ? Console.Out : new StreamWriter(file.FullName))
            {
                await text.WriteLineAsync(PriceCsv.Header);
                await foreach (var price in run.History.ReadAsync(run.Symbol, run.IntervalSeconds, run.FromUnixSeconds,
                    run.ToUnixSeconds, run.Cancellation))
                {
                    await text.WriteLineAsync(PriceCsv.Line(price));
                    count++;
                }
            }
            if (file is not null && run.Json)
                JournalRun.Print(new { run.Symbol, Prices = count, File = file.FullName });
            else if (file is not null)
                Console.WriteLine(Words.Text($"{count:N0} prices of {run.Symbol} in {file.FullName}"));
            return JournalOptions.Clean;
        });
        return command;
    }
}
