using System.Globalization;
using Trading.Aws;
using Trading.Contracts;
using Trading.Core;

namespace Trading.Services.Models;

/// <summary>A language model on Amazon Bedrock as a market analyst.</summary>
public sealed class BedrockForecaster(Bedrock bedrock, BedrockOptions options, RemoteModel remote, DayChanges changes,
    ForecastChecks checks) : IForecaster
{
    /// <summary>Name of the model in settings and records.</summary>
    public const string ModelName = "bedrock";

    /// <inheritdoc/>
    public string Name => remote.Name;

    /// <inheritdoc/>
    public bool Remote => true;

    /// <inheritdoc/>
    public async Task<ModelOutput> ForecastAsync(ForecastQuestion question, CancellationToken deadline)
    {
        if (question.Prices.Count < BedrockPrompt.Prices)
            return remote.Abstains(WarmingUp.Reason(BedrockPrompt.Prices, question.Prices.Count));
        var (instructions, asked) = (BedrockPrompt.Instructions(checks),
            BedrockPrompt.Question(question, await changes.LastAsync(question, deadline)));
        return await remote.AskAsync(options.ModelId, $"{instructions}\n{asked}", AskAsync, Read, deadline);

        async Task<RemoteAnswer> AskAsync(CancellationToken cancellation)
        {
            var answer = await bedrock.AskAsync(instructions, asked, BedrockPrompt.Schema, cancellation);
            // With any other reason (max_tokens, refusal, content_filtered, guardrail_intervened) the answer is missing or incomplete.
            var ended = answer.StopReason is "end_turn" or "tool_use" or "stop_sequence";
            return new(answer.ModelId, answer.Text, ended ? null : $"the model stopped with {ModelText.Glimpse(answer.StopReason)}",
                answer.InputTokens, answer.OutputTokens);
        }

        ModelOutput Read(RemoteAnswer answer) => SaidForecast.Find(answer.Text) is { } said
            ? checks.Output(Name, question.Prices[^1].Price, said.PredictedPrice, said.Direction, said.Confidence)
            : remote.Abstains($"no forecast in the answer: {ModelText.Glimpse(answer.Text)}");
    }
}

/// <summary>The prompt for a language model.</summary>
public static class BedrockPrompt
{
    /// <summary>How many of the last prices the prompt contains.</summary>
    public const int Prices = 50;

    /// <summary>
    /// The format of the answer. Bedrock's schemas have no bounds for numbers; these are checked here.
    /// </summary>
    public static AnswerSchema Schema { get; } = new("predict_price", "Reports the price prediction.", """
        {"type":"object","additionalProperties":false,"required":["reasoning","predicted_price","direction","confidence"],"properties":{
        "reasoning":{"type":"string","description":"Why, in at most three sentences."},
        "predicted_price":{"type":"number","description":"Expected price at the end of the horizon, in the quote currency."},
        "direction":{"type":"string","enum":["up","down","stable"]},
        "confidence":{"type":"number","description":"Probability, 0 to 1, that the price will lie on the side that the direction says."}}}
        """.ReplaceLineEndings(""));

    /// <summary>The model's role and how it answers.</summary>
    public static string Instructions(ForecastChecks checks) => FormattableString.Invariant(
        $$"""
        You are a market analyst for crypto assets. You are given recent prices of one asset and predict its price at the end of a horizon.
        Judge soberly: over an hour most moves are small and hard to foresee, so a confidence near 0.5 is the honest answer to most
        questions. Direction is "stable" when the predicted price lies within {{checks.DeadBandPercent}} % of the current one, else "up" or
        "down" as the predicted price says. Answer with one JSON object with the fields reasoning, predicted_price, direction and
        confidence, and with nothing else.
        """).ReplaceLineEndings(" ");

    /// <summary>The question.</summary>
    /// <param name="question">Window and horizon.</param>
    /// <param name="dayChangesPercent">Changes over 24 hours at the last prices, oldest first.</param>
    public static string Question(ForecastQuestion question, IReadOnlyList<double> dayChangesPercent)
    {
        var (price, window) = (question.Price, question.Window);
        var prices = string.Join(", ", question.Prices.TakeLast(Prices).Select(point => Known(point.Price, "0.########")));
        var changes = dayChangesPercent.Count == 0
            ? "not known" : string.Join(", ", dayChangesPercent.Select(change => Known(change, "0.###")));
        var time = price.IntervalStart.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        var every = string.Create(CultureInfo.InvariantCulture, $"One price every {price.IntervalSeconds} seconds.");
        var indicators = string.Join("; ",
            $"simple moving average over 20 prices {Known(window.Sma20, "0.########")}, over 50 prices {Known(window.Sma50, "0.########")}",
            $"change over the last 10 prices {Known(window.Momentum10 * 100, "0.####")} %",
            $"standard deviation of the last 50 one-step returns {Known(window.Volatility * 100, "0.####")} %");
        return string.Create(CultureInfo.InvariantCulture,
            $"""
            Asset: {price.Symbol}, quoted in {price.QuoteCurrencies}. Time of the newest price: {time}. {every}
            Last {Prices} prices, oldest first: {prices}
            Changes over 24 hours at the last prices, oldest first, in percent: {changes}
            Indicators: {indicators}.
            Current price: {question.Prices[^1].Price:0.########}
            Task: predict the price {question.HorizonSeconds} seconds after the newest price.
            """);

        static string Known(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "not known";
    }
}

/// <summary>Makes the model bedrock.</summary>
internal sealed class BedrockForecasterMaker : IModelMaker
{
    /// <inheritdoc/>
    public string Name => BedrockForecaster.ModelName;

    /// <inheritdoc/>
    public IForecaster Create(ModelParts parts) => new BedrockForecaster(
        parts.Services.GetRequiredService<Bedrock>(), parts.Settings.Bedrock(), parts.Remote(),
        parts.Services.GetRequiredService<DayChanges>(), parts.Checks);
}
