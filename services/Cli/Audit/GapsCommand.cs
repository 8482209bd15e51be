using System.CommandLine;
using Trading.Cli.Shared;
using Trading.Journal.Checks;

namespace Trading.Cli.Audit;

/// <summary>Sequence numbers that no event has, and whether a stream lacks one.</summary>
public static class GapsCommand
{
    private const int Shown = 50;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new JournalOptions();
        var command = new Command(
            "gaps",
            "Lists sequence numbers without an event. A failed append leaves such a gap, which is harmless. An event that "
            + "was removed leaves one too, but then its stream lacks a version: that ends with code 1. So does a sealed "
            + "event that is gone, and a stream whose row does not fit its events.\nExample: trading audit gaps");
        options.Act(command, async run =>
        {
            var found = await StreamCheck.RunAsync(run.Database, run.Cancellation);
            if (run.Json)
                JournalRun.Print(new { found.Gaps, found.Numbers, IncompleteStreams = found.Streams, SealedAndGone = found.Gone });
            else
                Print(found);
            return found.Clean ? JournalOptions.Clean : JournalOptions.FoundWrong;
        });
        return command;
    }

    private static void Print(StreamFindings found)
    {
        foreach (var gap in found.Gaps.Take(Shown))
            Console.WriteLine(gap.First == gap.Last ? $"no event {gap.First}" : $"no events {gap.First} to {gap.Last}");
        if (found.Gaps.Count > Shown)
            Console.WriteLine(Words.Text($"and {found.Gaps.Count - Shown:N0} more gaps"));
        foreach (var stream in found.Streams)
            Console.WriteLine($"WRONG: {stream.Stream} {stream.Detail}");
        foreach (var taken in found.Gone.Take(Shown))
            Console.WriteLine($"WRONG: event {taken.Sequence} ({taken.Stream}, version {taken.Version}) was sealed and is gone");
        if (found.Gone.Count > Shown)
            Console.WriteLine(Words.Text($"and {found.Gone.Count - Shown:N0} more that were sealed"));
        Console.WriteLine(Words.Text($"{found.Numbers:N0} of {found.Newest:N0} sequence numbers have no event; ") + (found.Gone.Count > 0
            ? Words.Text($"{Words.Count(found.Gone.Count, "sealed event")} {(found.Gone.Count == 1 ? "is" : "are")} gone")
            : found.Streams.Count > 0 ? $"{Words.Count(found.Streams.Count, "stream")} {(found.Streams.Count == 1 ? "is" : "are")} wrong"
            : found.Numbers == 0 ? "every stream has all its versions"
            : "every stream has all its versions, so they were drawn by appends that were rolled back, "
                + "as when another replica was faster"));
    }
}
