using System.CommandLine;
using Spectre.Console;
using Trading.Cli.Shared;
using Trading.Core;
using Trading.Hosting;
using Trading.Hosting.Settings;
using Trading.Research.Training;

namespace Trading.Cli.Models;

/// <summary>Says how good a trained model is on candles that it has not seen.</summary>
public static class EvaluateCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var (data, from, to) = (ModelCommand.DataOption(), ModelCommand.FromOption(), ModelCommand.ToOption());
        var file = new Option<FileInfo>("--model") { Description = "file of the model", HelpName = "file", Required = true };
        var cost = new Option<decimal?>("--cost-percent")
        {
            Description = "what one purchase or sale costs, in percent of its value; as trading on paper by default",
            HelpName = "percent"
        };
        var json = new Option<bool>("--json") { Description = "as JSON" };
        var command = new Command(
            "evaluate",
            "Predicts once per horizon on candles after those that the model was trained on; earlier ones only fill its window. "
            + "Prints hit rate, "
            + "Brier score and profit after costs beside \"no change\",\n"
            + "momentum, and buying and holding, with the bounds of 95 % (block bootstrap), and whether the model beats them.\n"
            + "Example: trading model evaluate --model learned-1h.json --data btcusdt_1h.csv.gz --from 2023-12-01")
        { file, data, from, to, cost, json };
        command.SetAction((parsed, cancellation) => ModelCommand.GuardAsync(() => Task.Run(() =>
        {
            var model = ModelFile.Read(parsed.GetValue(file)!.FullName);
            var (prices, interval) = ModelCommand.Read(parsed.GetValue(data)!, parsed.GetValue(from), parsed.GetValue(to), cancellation);
            if (interval != model.IntervalSeconds)
                throw new ModelFileException(
                    $"{parsed.GetValue(file)} was trained on prices {model.IntervalSeconds} s apart, the candles are {interval} s apart");
            var paper = new TradingSettings();
            var percent = parsed.GetValue(cost) ?? paper.TakerFeePercent() + paper.PaperSpreadPercent / 2 + paper.PaperSlippagePercent;
            if (percent is < 0 or >= 50)
                throw new ModelFileException($"--cost-percent must be 0 to below 50, was {Words.Exact(percent)}");
            var found = LearnedEvaluation.Of(model, prices, (double)percent / 100)
                ?? throw new ModelFileException(
                    $"the candles hold nothing out of sample: the model was trained up to {model.TrainedTo:yyyy-MM-dd HH:mm} UTC");
            if (parsed.GetValue(json))
                JournalRun.Print(found);
            else
                Print(model, found, percent);
            return 0;
        }, cancellation)));
        return command;
    }

    private static void Print(LearnedModel model, LearnedEvaluation found, decimal percent)
    {
        Console.WriteLine(Words.Text($"out of sample: {found.From:yyyy-MM-dd HH:mm} to {found.To:yyyy-MM-dd HH:mm} UTC, ")
            + Words.Text($"{found.Predictions:N0} predictions of {model.HorizonSteps * model.IntervalSeconds / 60.0:0.##} minutes, ")
            + Words.Text($"not overlapping; trained up to {model.TrainedTo:yyyy-MM-dd HH:mm}"));
        var table = new Table().Border(TableBorder.Simple).AddColumns("", "value", "95 % from", "to");
        void Row(string name, Estimate estimate, Func<double, string> text) =>
            table.AddRow(name, text(estimate.Value), text(estimate.Low), text(estimate.High));
        Row("hit rate", found.HitRate, value => Words.Text($"{value * 100:0.00} %"));
        Row(Words.Text($"Brier score {found.Brier:0.000000}, better than no change by"), found.BrierGain,
            value => Words.Text($"{value:+0.000000;-0.000000}"));
        Row(Words.Text($"profit of the model, {found.Trades:N0} trades"), found.Model, Profit);
        Row("profit of the model where it expects more than the costs", found.Selective, Profit);
        Row("profit of no change", default, Profit);
        Row("profit of momentum", found.Momentum, Profit);
        Row("profit of buying and holding", found.BuyAndHold, Profit);
        Row("the model over momentum", found.OverMomentum, Profit);
        Row("the model over buying and holding", found.OverBuyAndHold, Profit);
        Terminal.Output.Write(table);
        Console.WriteLine(
            Words.Text($"a purchase or sale costs {percent:0.###} %; profits are compounded, without shorts and without leverage"));
        Console.WriteLine(found.Beats
            ? "VERDICT: it beats no change, momentum, and buying and holding on these prices"
            : $"VERDICT: it does not beat {string.Join(", ", Unbeaten(found))} beyond doubt: leave it off");
    }

    private static IEnumerable<string> Unbeaten(LearnedEvaluation found) =>
        new[] { (found.BrierGain.Low > 0 && found.Model.Low > 0, "no change"), (found.OverMomentum.Low > 0, "momentum"),
            (found.OverBuyAndHold.Low > 0, "buying and holding") }.Where(one => !one.Item1).Select(one => one.Item2);

    private static string Profit(double logReturn) => Words.Text($"{(Math.Exp(logReturn) - 1) * 100:+0.00;-0.00;0.00} %");
}
