using System.CommandLine;
using Spectre.Console;
using Trading.Cli.Shared;
using Trading.Core;
using Trading.Hosting;
using Trading.Hosting.Control;
using Trading.Journal.Events;

namespace Trading.Cli.Audit;

/// <summary>Who changed what an account may do, and why.</summary>
public static class ActorsCommand
{
    private const int LeastWide = 140;

    private sealed record Act(long Sequence, DateTimeOffset At, string By, string What, string Why);

    private static readonly string[] Elsewhere = [JournalReader.EventName(typeof(CancelRequested)),
        JournalReader.EventName(typeof(FieldRedacted)), JournalReader.EventName(typeof(ProgramStarted)),
        JournalReader.EventName(typeof(ProgramStopped))];

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new JournalOptions();
        var by = new Option<string>("--by") { Description = "acts of one person or program", HelpName = "name" };
        var command = new Command("actors", "Lists who opened the account, set limits, halted, reduced or resumed trading, moved cash, "
            + "asked for an order to be cancelled or redacted a field, when and why; "
            + "and which programs started and stopped, by build and settings.\nExample: trading audit actors --by settings") { by };
        options.Act(command, async run =>
        {
            var acts = new List<Act>();
            RiskLimits? limits = null;
            var all = (await AccountStream.ReadAsync(run, run.Settings.Account)).ToList();
            // Orders are cancelled in their trades' streams, fields redacted in one of their own.
            await foreach (var stored in JournalReader.OfAsync(run.Database, 0, Elsewhere, [], run.Cancellation))
                all.Add(stored);
            foreach (var stored in all.OrderBy(stored => stored.Sequence))
            {
                var happened = stored.Event();
                if (Told(happened, stored.StreamId, limits) is var (who, what, why)
                    && (run.Parsed.GetValue(by) is not { } wanted || wanted == who))
                    acts.Add(new(stored.Sequence, stored.Timestamp, who, what, why));
                limits = happened is LimitsSet set ? set.Limits : limits;
            }
            if (run.Json)
            {
                JournalRun.Print(acts);
                return JournalOptions.Clean;
            }
            // Settings have long names: on a narrow terminal what and why share a column.
            var wide = Terminal.Output.Profile.Width >= LeastWide;
            var table = new Table().Border(TableBorder.Simple).AddColumns("event", "when (UTC)", "who");
            table = wide ? table.AddColumns("what", "why") : table.AddColumn("what and why");
            table.Columns[1].NoWrap();
            foreach (var act in acts)
            {
                var (what, why) = (Markup.Escape(act.What), Markup.Escape(act.Why));
                table.AddRow([$"{act.Sequence}", Words.Time(act.At), Markup.Escape(act.By),
                    .. wide ? [what, why] : new[] { why.Length > 0 ? $"{what}: {why}" : what }]);
            }
            Terminal.Output.Write(table);
            return JournalOptions.Clean;
        });
        return command;
    }

    private static (string Who, string What, string Why)? Told(object happened, string streamId, RiskLimits? before) => happened switch
    {
        CancelRequested cancel => (cancel.By, $"asked for the order of {streamId} to be cancelled", cancel.Reason),
        FieldRedacted redacted =>
            (redacted.By, Words.Text($"redacted {redacted.Field} of event {redacted.Sequence}"), redacted.Reason),
        ProgramStarted started => (started.Service, Words.Text($"started as {started.Instance}: version {started.Version}")
            + $"{(started.Commit.Length > 0 ? $" of commit {started.Commit[..Math.Min(12, started.Commit.Length)]}" : "")}, "
            + $"binaries {started.BinariesSha256[..12]}, profile {started.Profile}, settings {started.SettingsSha256[..12]}, models "
            + string.Join(", ", started.Models.Select(model => model.FileSha256 is { } file ? $"{model.Name} {file[..12]}" : model.Name)),
            string.Join(", ", started.Settings)),
        ProgramStopped stopped => (stopped.Service, $"stopped as {stopped.Instance}", ""),
        AccountOpened opened =>
            ("settings", Words.Text($"opened the account with {Words.Money(opened.CashUsd)} USD on {opened.MarketData} prices"), ""),
        LimitsSet set => (set.By, $"limits version {set.Version}{(before is null ? "" : $": {Changes(before, set.Limits)}")}", set.Reason),
        TradingHalted halted => (halted.By, "halted trading", halted.Reason),
        TradingReduced reduced => (reduced.By, "allowed only smaller positions", reduced.Reason),
        TradingResumed resumed => (resumed.By, "resumed trading", resumed.Reason),
        MarksSet set => (set.By, Words.Text($"set the marks of {set.Symbol} right"), set.Reason),
        SymbolStateSet set => (set.By, $"set {set.Symbol} to {Words.Lower(set.State)}", set.Reason),
        FlattenOrdered flatten => (flatten.By, "ordered everything sold", flatten.Reason),
        LimitLatched latched => ("limits", "allowed only smaller positions",
            RuleWords.Tell(new(latched.Rule, latched.Observed, latched.Limit, Passed: false))
            + $", by version {latched.LimitsVersion} of the limits"),
        OperatorCommanded commanded => (commanded.By, $"{commanded.Command}, which changed nothing", commanded.Reason),
        CashAdjusted adjusted => (adjusted.By,
            Words.Text($"paid {Words.Money(Math.Abs(adjusted.AmountUsd))} USD {(adjusted.AmountUsd < 0 ? "out" : "in")}"),
            adjusted.Reason),
        ExternalDifferencesAccepted accepted => (accepted.By, "accepted the differences to the exchange", accepted.Reason),
        RealTradingConfirmed confirmed => (confirmed.By, $"confirmed real trading: {confirmed.Configuration}", confirmed.Reason),
        _ => null,
    };

    private static string Changes(RiskLimits before, RiskLimits after) =>
        string.Join(", ", LimitFields.Changes(before, after).Select(change => $"{change.Name} {change.Was} to {change.Now}"));
}
