using System.CommandLine;
using Spectre.Console;
using Trading.Cli.Shared;
using Trading.Core;
using Trading.Hosting;
using Trading.Hosting.Settings;
using Trading.Services;
using Trading.Services.Feeds;

namespace Trading.Cli.Setup;

/// <summary>Checks what the system needs on this machine, and says what to do about what is wrong.</summary>
public static class DoctorCommand
{
    private static readonly TimeSpan SourceTimeout = TimeSpan.FromSeconds(8);

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var settings = new SettingsSwitches();
        var json = new Option<bool>("--json") { Description = "as JSON" };
        var command = new Command("doctor", "Checks the runtime, the data folder, the disk, PostgreSQL's programs, the ports, the clock, "
            + "each source of prices, and the exchange with the rights of its key; says what to do about what is wrong. Ends with 1 then.\n"
            + "Example: trading doctor") { json };
        settings.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var findings = await LookAsync(settings.Read(parsed, []), cancellation);
            if (parsed.GetValue(json))
                JournalRun.Print(findings);
            else
                Print(findings);
            return findings.All(finding => finding.Ok) ? 0 : 1;
        });
        return command;
    }

    private static async Task<IReadOnlyList<Finding>> LookAsync(TradingSettings settings, CancellationToken cancellation) =>
        [.. await DoctorMachine.LookAsync(settings, cancellation), .. await SourcesAsync(settings, cancellation),
            .. await ClockAsync(settings, cancellation), .. await DoctorExchange.LookAsync(settings, cancellation)];

    private static async Task<IEnumerable<Finding>> SourcesAsync(TradingSettings settings, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(SourceTimeout);
        var live = settings with { Feed = FeedKind.Live };
        return await Task.WhenAll(live.Feeds(TimeProvider.System).Select(async feed =>
        {
            try
            {
                var quote = await feed.QuoteAsync(settings.Symbols[0], limit.Token);
                var age = TimeProvider.System.GetUtcNow() - quote.QuotedAt;
                return new Finding($"source {feed.Source}", true,
                    $"{settings.Symbols[0]} {Figures.Price(quote.Price)} {quote.Currency}, {Math.Max(0, age.TotalSeconds):0} s old", null);
            }
            catch (PriceFeedException failure)
            {
                return new Finding($"source {feed.Source}", false, failure.Message, Advice);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                return new Finding(
                    $"source {feed.Source}", false, $"no answer within {SourceTimeout.TotalSeconds:0} s", Advice);
            }
        }));
    }

    // An exchange has a clock of its own; without one, or without an answer, the sources' web servers have.
    private static async Task<IEnumerable<Finding>> ClockAsync(TradingSettings settings, CancellationToken cancellation)
    {
        if (settings.Exchange != PaperFill.Exchange)
            return [];
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(SourceTimeout);
        try
        {
            return await settings.SourceClockAsync(TimeProvider.System, limit.Token) is var (source, offset)
                ? [DoctorExchange.Clock(source, offset, settings)]
                : [new("clock", false, "not compared: no source answers", "check the network")];
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return [new("clock", false, "not compared: no source answers", "check the network")];
        }
    }

    private const string Advice =
        "check the network, or take the source out of Trading:Sources; trading demo needs no network";

    private static void Print(IReadOnlyList<Finding> findings)
    {
        var table = new Table().NoBorder().HideHeaders().AddColumns("", "", "");
        table.Columns[0].NoWrap();
        table.Columns[1].NoWrap();
        foreach (var (finding, place) in findings.Select((finding, place) => (finding, place)))
        {
            table.AddRow(finding.Ok ? "[green]ok[/]" : "[red]wrong[/]", Markup.Escape(finding.What), Markup.Escape(finding.Found));
            // One piece of advice for several findings in a row stands below the last.
            var next = findings.ElementAtOrDefault(place + 1);
            if (finding is { Ok: false, Advice: { } advice } && (next is null or { Ok: true } || next.Advice != advice))
                table.AddRow("", "", $"[yellow]{Markup.Escape(advice)}[/]");
        }
        Terminal.Output.Write(table);
        var wrong = findings.Count(finding => !finding.Ok);
        Console.WriteLine(wrong == 0 ? "everything is as it should be" : $"{wrong} of {findings.Count} checks failed");
    }
}
