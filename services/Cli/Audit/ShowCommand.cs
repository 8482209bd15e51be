using System.CommandLine;
using System.Text.Json;
using Trading.Cli.Shared;
using Trading.Core;
using Trading.Hosting;
using Trading.Journal.Events;

namespace Trading.Cli.Audit;

/// <summary>One trade with everything that it came from and everything that came from it.</summary>
public static class ShowCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new JournalOptions();
        var what = new Argument<string>("what")
        { Description = "trade id or its beginning, client or exchange order id, or the sequence number of an event" };
        var command = new Command(
            "show",
            "Shows a trade whole: the quotes, taken and left out, what each model said, the ensemble, every check with observed value and "
            + "limit, the order, its fills, the bookings, and when each was written by whom.\n"
            + "Example: trading audit show 62f7d296\n"
            + "Example: trading audit show 1207") { what };
        options.Act(command, async run =>
        {
            var wanted = run.Parsed.GetValue(what)!;
            if (long.TryParse(wanted, out var sequence) && await TradeReading.EventAsync(run.Database, sequence, run.Cancellation)
                is { Event: not (ITradeEvent or FundsReserved or ReservationReleased or TradeSettled) } alone)
                await PrintEventAsync(run, alone);
            else
                await PrintAsync(run, await TradeStory.FindAsync(run, wanted));
            return JournalOptions.Clean;
        });
        return command;
    }

    private static async Task PrintEventAsync(JournalRun run, WrittenEvent alone)
    {
        var redactions = new List<FieldRedacted>();
        await foreach (var stored in StreamReading.ReadAsync(run.Database, AuditLeaf.RedactionStream, cancellation: run.Cancellation))
        {
            if (stored.Event() is FieldRedacted redacted && redacted.Sequence == alone.Stored.Sequence)
                redactions.Add(redacted);
        }
        if (run.Json)
            JournalRun.Print(new
            {
                alone.Stored.Sequence,
                alone.Stored.StreamId,
                alone.Stored.Version,
                alone.Stored.Type,
                alone.Stored.Timestamp,
                alone.CausationId,
                Service = TradeStory.Service(alone),
                alone.Event,
                Redactions = redactions,
            });
        else
        {
            Console.WriteLine(
                $"event {alone.Stored.Sequence}, {alone.Stored.StreamId} version {alone.Stored.Version}: {alone.Stored.Type}, "
                + $"written {Words.Time(alone.Stored.Timestamp)} UTC by {TradeStory.Service(alone)}, caused by {alone.CausationId}");
            Console.WriteLine(JsonSerializer.Serialize(alone.Event, alone.Event.GetType(), JournalRun.Indented));
            foreach (var redacted in redactions)
                Console.WriteLine($"{redacted.Field} was redacted by {redacted.By} {Words.Time(redacted.At)} UTC: {redacted.Reason}");
        }
    }

    private static object Described(WrittenEvent happened) => new
    {
        happened.Stored.Sequence,
        happened.Stored.StreamId,
        happened.Stored.Version,
        happened.Stored.Type,
        happened.Stored.Timestamp,
        happened.CausationId,
        Service = TradeStory.Service(happened),
        happened.Event,
    };

    private static async Task PrintAsync(JournalRun run, TradeStory story)
    {
        var decided = story.Events.FirstOrDefault(happened => happened.Event is TradeAssessed);
        var program = decided is null ? null : await TradeReading.StartBeforeAsync(
            run.Database, TradeStory.Service(decided), decided.Stored.Sequence, run.Cancellation);
        if (run.Json)
        {
            JournalRun.Print(new { story.TradeId, Events = story.Events.Select(Described), DecidedBy = program });
            return;
        }
        Terminal.Output.Write(TradeTree.Of(story, program));
    }
}
