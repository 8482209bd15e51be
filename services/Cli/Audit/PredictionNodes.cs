using System.Globalization;
using Spectre.Console;
using Trading.Cli.Shared;
using Trading.Contracts;

namespace Trading.Cli.Audit;

/// <summary>A prediction in the tree of a trade: the window, what each model said, the weights and the ensemble.</summary>
internal static class PredictionNodes
{
    /// <summary>Adds what was predicted.</summary>
    public static void AddTo(Tree tree, PredictionMade prediction)
    {
        var predicted = tree.AddNode(Text($"prediction for {prediction.HorizonSeconds} s ahead, made {Words.Time(prediction.MadeAt)}, "
            + $"may be traded on until {Words.Time(prediction.ExpiresAt)}"));
        var window = prediction.Window;
        predicted.AddNode(
            Text($"window of {window.Count} prices: SMA 20 {Number(window.Sma20, "N2")}, SMA 50 {Number(window.Sma50, "N2")}, momentum 10 "
                + $"{Number(window.Momentum10 * 100, "0.0000")} %, volatility {Number(window.Volatility * 100, "0.0000")} % a step"));
        predicted.AddNode(
            Text($"the rule's own record in it: {window.RuleHits} of {window.RuleSignals} came true; SHA-256 {window.Digest}"));
        if (prediction.Strategy is { } strategy)
            predicted.AddNode(Text($"decided by the strategy {strategy.Name}: {Asked(strategy)}"));
        foreach (var model in prediction.Models)
        {
            var answer = model.Abstained is { } why ? $"no answer, {why}"
                : $"{Words.Lower(model.Direction!.Value)} "
                    + Words.Text($"to {model.PredictedPrice:N2} with confidence {model.Confidence:0.0000}");
            Provenance(predicted.AddNode(Text($"{model.Model}: {answer}")), model.Provenance);
        }
        if (prediction.Weights is { Count: > 0 } weights)
            predicted.AddNode(Text("weights by track record: "
                + $"{string.Join(", ", weights.Select(weight => Words.Text($"{weight.Model} {weight.Weight:0.####} ({(weight.Lost is null
                    ? Words.Count(weight.Scored, "prediction") + " scored" : weight.Lost)})")))}"));
        predicted.AddNode(Text(prediction.Ensemble is { } ensemble
            ? $"ensemble of {ensemble.ModelsAnswered}: {Words.Lower(ensemble.Direction)} "
                + $"{Words.SignedPercent(ensemble.PredictedMovePercent)}, "
                + $"confidence {Words.Share(ensemble.Confidence)}, agreement {Words.Share(ensemble.Agreement)}"
            : "no ensemble: no model answered"));
    }

    private static string Asked(StrategySignal strategy) => (strategy.Target is { } target
        ? Words.Text($"hold {target.Share * 100:0.##} % of equity")
        : $"{Words.Lower(strategy.Action)} with confidence {Words.Share(strategy.Confidence)}")
        + (strategy.Price is { } at ? $", {Words.Lower(strategy.Type)} at {Words.Exact(at)}" : "")
        + "; the models below were not asked by it";

    // What a model outside of the process was asked and what it said, word for word.
    private static void Provenance(TreeNode model, ModelProvenance? from)
    {
        if (from is null)
            return;
        var tokens = from is { InputTokens: { } read, OutputTokens: { } written } ? $", {read} tokens read and {written} written" : "";
        model.AddNode(Text($"asked {from.ModelId}, {Words.Count(from.Attempts, "attempt")}, {from.LatencyMilliseconds:N0} "
            + $"ms{tokens}{(from.PromptSha256 is null ? "" : $"; SHA-256 of the question {from.PromptSha256}")}"));
        if (from.RawText is { } said)
        {
            // What comes from outside could speak to the terminal.
            model.AddNode(Text($"it said: {string.Concat(said.Select(letter => char.IsControl(letter) ? ' ' : letter))}"));
        }
    }

    private static Text Text(string text) => new(text);

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "unknown";
}
