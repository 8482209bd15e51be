using System.CommandLine;
using System.Text.Json;
using Trading.Cli.Shared;
using Trading.Core;
using Trading.Journal.Events;

namespace Trading.Cli.Audit;

/// <summary>Events as they are written.</summary>
public static class TailCommand
{
    // A transaction may commit after others with higher numbers: so far back is looked for those that came late.
    private const int LookedBack = 1000;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new JournalOptions();
        var lines = new Option<int>("--lines")
        { Description = "events shown of what is there already", HelpName = "number", DefaultValueFactory = _ => 10 };
        var once = new Option<bool>("--once") { Description = "end after those" };
        var command = new Command(
            "tail",
            "Shows the last events and then each as it is written, until Ctrl-C; one that is committed late is shown late, "
            + "not one is left out. With --json each is a line of JSON.\n"
            + "Example: trading audit tail --lines 50 --once") { lines, once };
        options.Act(command, async run =>
        {
            if (run.Parsed.GetValue(lines) is < 0 or > LookedBack)
                throw new CommandException($"--lines takes 0 to {LookedBack}, was {run.Parsed.GetValue(lines)}");
            return await FollowAsync(run, run.Parsed.GetValue(lines), run.Parsed.GetValue(once));
        });
        return command;
    }

    private static async Task<int> FollowAsync(JournalRun run, int lines, bool once)
    {
        var newest = await JournalReader.LastSequenceAsync(run.Database, run.Cancellation);
        var there = new List<StoredEvent>();
        await foreach (var stored in JournalReader.ReadAsync(run.Database, newest - LookedBack, newest, run.Cancellation))
            there.Add(stored);
        foreach (var stored in there.TakeLast(lines))
            Print(run, stored);
        var shown = there.Select(stored => stored.Sequence).ToHashSet();
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        try
        {
            while (!once && await timer.WaitForNextTickAsync(run.Cancellation))
            {
                await foreach (var stored in JournalReader.ReadAsync(run.Database, newest - LookedBack, long.MaxValue, run.Cancellation))
                {
                    if (shown.Add(stored.Sequence))
                        Print(run, stored);
                    newest = Math.Max(newest, stored.Sequence);
                }
                shown.RemoveWhere(sequence => sequence <= newest - LookedBack);
            }
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C is how it ends.
        }
        return JournalOptions.Clean;
    }

    private static void Print(JournalRun run, StoredEvent stored)
    {
        if (run.Json)
        {
            Console.WriteLine(
                JsonSerializer.Serialize(
                    new
                    {
                        stored.Sequence,
                        stored.StreamId,
                        stored.Version,
                        stored.Type,
                        stored.Timestamp,
                        Data = JsonDocument.Parse(stored.Data).RootElement
                    }, JsonSerializerOptions.Web));
            return;
        }
        var stream = stored.StreamId.StartsWith("trade-", StringComparison.Ordinal) && stored.StreamId.Length > 14
            ? stored.StreamId[..14] : stored.StreamId;
        Console.WriteLine(
            Words.Text($"{stored.Sequence,8}  {Words.Time(stored.Timestamp),-19}  {stream,-14}  {stored.Type}{Gist(stored)}"));
    }

    private static string Gist(StoredEvent stored) => stored.Event() switch
    {
        TradeProposed { Prediction: var prediction } =>
            Words.Text($"  {prediction.Price.Symbol} {Words.Money(prediction.Price.Price)}"),
        ExitProposed exit => Words.Text(
            $"  {exit.Price.Symbol} {Words.Money(exit.Price.Price)}: {DecisionText.Exit(exit.Exit, exit.Price)}"),
        MarksSet set => $"  marks of {set.Symbol} set right by {set.By}: {set.Reason}",
        SymbolStateSet set => $"  {set.Symbol} {Words.Lower(set.State)} by {set.By}: {set.Reason}",
        FlattenOrdered flatten => $"  by {flatten.By}: {flatten.Reason}",
        PriceMarked marked => Words.Text($"  {marked.Symbol} {Words.Money(marked.Price)}"),
        LimitLatched latched => $"  {RuleWords.Tell(new(latched.Rule, latched.Observed, latched.Limit, Passed: false))}",
        TradeAssessed { Assessment: var assessment } => "  " + DecisionText.Outcome(assessment, null),
        OrderFilled filled => Words.Text($"  {Words.Exact(filled.Quantity)} at {Words.Money(filled.Price)}, fee {Words.Fee(filled)}"),
        TradeClosed { Execution: var execution } =>
            $"  {Words.Lower(execution.Outcome)}{(execution.Reason is null ? "" : $": {execution.Reason}")}",
        LimitsSet set => $"  version {set.Version} by {set.By}: {set.Reason}",
        OperatorCommanded commanded => $"  {commanded.Command} by {commanded.By}: {commanded.Reason}",
        CancelRequested requested => $"  by {requested.By}: {requested.Reason}",
        TradingHalted halted => $"  by {halted.By}: {halted.Reason}",
        TradingReduced reduced => $"  by {reduced.By}: {reduced.Reason}",
        TradingResumed resumed => $"  by {resumed.By}: {resumed.Reason}",
        OrderUnknown unknown => $"  {unknown.Reason}",
        IExternalFinding found => Words.Text(
            $"  {found.Key()}: expected {Words.Exact(found.ExpectedUnits())}, the exchange has {Words.Exact(found.ObservedUnits())}"),
        ReconciliationBegan began => $"  with {began.Exchange}",
        ProductRulesSeen { Product: var product } seen => Words.Text(
            $"  {product.Symbol} on {seen.Exchange}: {(product.Trading ? "" : "not traded now, ")}tick {Words.Exact(product.TickSize)}, ")
            + Words.Text($"lot {Words.Exact(product.LotSize)}, least value {Words.Exact(product.LeastNotional)}"),
        ReconciliationPassed passed => $"  with {passed.Exchange}",
        PredictionScored scored => Words.Text($"  {scored.Model} on {scored.Symbol} {Words.Time(scored.PriceAt)}: ")
            + Words.Text($"{(scored.Score.Hit switch { true => "right", false => "wrong", null => "no side" })}, ")
            + Words.Text($"{scored.Score.ErrorPercent:0.###} % off"),
        FieldRedacted redacted => $"  {redacted.Field} of event {redacted.Sequence} by {redacted.By}: {redacted.Reason}",
        ExternalDifferencesAccepted accepted => $"  by {accepted.By}: {accepted.Reason}",
        RealTradingConfirmed confirmed => $"  {confirmed.Configuration} by {confirmed.By}: {confirmed.Reason}",
        CashAdjusted adjusted => Words.Text($"  {Words.Money(adjusted.AmountUsd)} USD by {adjusted.By}: {adjusted.Reason}"),
        _ => "",
    };
}
