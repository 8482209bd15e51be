using System.CommandLine;
using Trading.Cli.Shared;
using Trading.Core;

namespace Trading.Cli.Audit;

/// <summary>A trade in one paragraph.</summary>
public static class WhyCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new JournalOptions();
        var what = new Argument<string>("trade")
        { Description = "trade id or its beginning, client or exchange order id, or the sequence number of an event" };
        var command = new Command("why",
            "Says in one paragraph why a trade was made, refused, or not asked for.\nExample: trading audit why 62f7d296") { what };
        options.Act(command, async run =>
        {
            var story = await TradeStory.FindAsync(run, run.Parsed.GetValue(what)!);
            if (run.Json)
                JournalRun.Print(new { story.TradeId, Why = Tell(story) });
            else
                Trading.Hosting.Terminal.Output.Write(new Spectre.Console.Text(Tell(story) + "\n"));
            return JournalOptions.Clean;
        });
        return command;
    }

    private static string Tell(TradeStory story) =>
        DecisionWhy.Tell(story.Price, story.Prediction, story.Exit, story.Assessment, story.Execution,
            story.First<OrderPlaced>()?.Costs);
}
