using System.CommandLine;
using Spectre.Console;
using Trading.Cli.Shared;
using Trading.Core;
using Trading.Hosting;

namespace Trading.Cli.Audit;

/// <summary>What was gained in a year, lot by lot.</summary>
public static class TaxCommand
{
    private const int LeastWide = 100;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new JournalOptions();
        var method = new Option<string>("--method")
        {
            Description = "which units a sale is taken from: fifo (bought first), hifo (dearest), lifo (bought last)",
            HelpName = "fifo|hifo|lifo",
            DefaultValueFactory = _ => "fifo"
        };
        var year = new Option<int>("--year") { Description = "UTC year of the sales", HelpName = "year", Required = true };
        var csv = new Option<bool>("--csv") { Description = "as CSV" };
        method.AcceptOnlyFromAmong("fifo", "hifo", "lifo");
        var command = new Command(
            "tax",
            "Lists what the sales of a year brought, what their units had cost, and the gain, from the account's events alone; "
            + "fees are part of cost and proceeds. An order counts when it was filled to its end.\n"
            + "Example: trading audit tax --method hifo --year 2024 --csv > 2024.csv") { method, year, csv };
        options.Act(command, async run =>
        {
            var lots = new TaxLots(Enum.Parse<TaxMethod>(run.Parsed.GetValue(method)!, ignoreCase: true));
            var sold = new List<TaxDisposal>();
            try
            {
                // By the time of execution: an order that waits on an exchange may be booked after a later one.
                foreach (var happened in (await AccountStream.ReadAsync(run, run.Settings.Account)).Select(stored => stored.Event())
                    .Where(happened => TaxLots.TimeOf(happened) is not null).OrderBy(TaxLots.TimeOf))
                    sold.AddRange(lots.Take(happened).Where(disposal => disposal.SoldAt.UtcDateTime.Year == run.Parsed.GetValue(year)));
            }
            catch (InvalidOperationException impossible)
            {
                Console.Error.WriteLine($"trading: {impossible.Message}");
                return JournalOptions.FoundWrong;
            }
            var (proceeds, cost) = (sold.Sum(disposal => disposal.ProceedsUsd), sold.Sum(disposal => disposal.CostUsd));
            if (run.Json)
                JournalRun.Print(
                    new
                    {
                        Year = run.Parsed.GetValue(year),
                        Method = run.Parsed.GetValue(method),
                        Disposals = sold,
                        ProceedsUsd = proceeds,
                        CostUsd = cost,
                        GainUsd = proceeds - cost
                    });
            else if (run.Parsed.GetValue(csv))
                PrintCsv(sold);
            else
                PrintTable(sold, proceeds, cost);
            return JournalOptions.Clean;
        });
        return command;
    }

    private static void PrintCsv(List<TaxDisposal> sold)
    {
        Console.WriteLine("symbol,quantity,acquired_utc,sold_utc,proceeds_usd,cost_usd,gain_usd,bought_trade,sold_trade");
        foreach (var part in sold)
            Console.WriteLine(
                $"{part.Symbol},{Words.Exact(part.Quantity)},{Words.Iso(part.AcquiredAt)},{Words.Iso(part.SoldAt)},"
                + $"{Words.Exact(part.ProceedsUsd)},{Words.Exact(part.CostUsd)},{Words.Exact(part.GainUsd)},"
                + $"{part.BoughtTradeId},{part.SoldTradeId}");
    }

    private static void PrintTable(List<TaxDisposal> sold, decimal proceeds, decimal cost)
    {
        var table = new Table().Border(TableBorder.Simple)
            .AddColumns("symbol", "quantity", "bought (UTC)", "sold (UTC)", "proceeds", "cost", "gain");
        foreach (var column in new[] { 1, 4, 5, 6 })
            table.Columns[column].RightAligned();
        foreach (var column in table.Columns)
            column.NoWrap();
        // The day is what a tax return asks for; --csv has the seconds.
        var time = Terminal.Output.Profile.Width >= LeastWide ? (Func<DateTimeOffset, string>)Figures.Minute : Figures.Day;
        foreach (var part in sold)
            table.AddRow(Markup.Escape(part.Symbol), Words.Exact(part.Quantity), time(part.AcquiredAt),
                time(part.SoldAt), Words.Money(part.ProceedsUsd), Words.Money(part.CostUsd), Words.Money(part.GainUsd));
        if (sold.Count > 0)
            Terminal.Output.Write(table);
        Console.WriteLine(Words.Text($"{Words.Count(sold.Count, "part")} of lots sold: proceeds {Words.Money(proceeds)}, ")
            + Words.Text($"cost {Words.Money(cost)}, gain {Words.Money(proceeds - cost)} USD"));
    }
}
