using Trading.Aws;
using Trading.Core;

namespace Trading.Hosting.Settings;

/// <summary>Request format of a model on SageMaker.</summary>
public enum SageMakerShape
{
    /// <summary>Chronos-2 and Chronos-Bolt: a series goes in, quantiles come out.</summary>
    Chronos,

    /// <summary>Servers of TensorFlow and scikit-learn: rows go in, predictions come out.</summary>
    Instances,
}

// Settings: what predicts, and when.
public sealed partial record TradingSettings
{
    /// <summary>Seconds from one decision to the next; a multiple of PriceIntervalSeconds.</summary>
    public int DecisionIntervalSeconds { get; init; } = 60;

    /// <summary>How far ahead predictions reach; a multiple of PriceIntervalSeconds.</summary>
    public int HorizonSeconds { get; init; } = 3600;

    /// <summary>Models that are asked, by name.</summary>
    public IReadOnlyList<string> Models { get; init; } = [TechnicalModel.Name];

    /// <summary>Most seconds that all models together may take to answer; later answers are missing in the prediction.</summary>
    public int ModelDeadlineSeconds { get; init; } = 20;

    /// <summary>A predicted price further than this from the current one is discarded, in percent.</summary>
    public double ModelMaxMovePercent { get; init; } = 20;

    /// <summary>Up to this predicted move, in percent, the direction is stable. For models outside of the process.</summary>
    public double ModelDeadBandPercent { get; init; } = 0.1;

    /// <summary>Most calls of each model outside of the process in a UTC day, retries included, all replicas together.</summary>
    public int ModelCallsPerDay { get; init; } = 2000;

    /// <summary>Most tokens that each model outside of the process may read and write in a UTC day, all replicas together.</summary>
    public int ModelTokensPerDay { get; init; } = 5_000_000;

    /// <summary>
    /// Whether models outside of the process are asked once at the start, so that the first decision need not wait for them to wake up.
    /// </summary>
    public bool WarmModels { get; init; } = true;

    /// <summary>Model id, inference profile, or an ARN of either, of the model bedrock.</summary>
    public string BedrockModelId { get; init; } = "global.anthropic.claude-haiku-4-5-20251001-v1:0";

    /// <summary>How Bedrock is asked: converse (any model) or invoke-model (Anthropic's format).</summary>
    public BedrockApi BedrockApi { get; init; }

    /// <summary>How the format of the answer is enforced: tool, json-schema, or text for models that support neither.</summary>
    public BedrockOutput BedrockOutput { get; init; }

    /// <summary>Most tokens of an answer, reasoning included.</summary>
    public int BedrockMaxTokens { get; init; } = 2000;

    /// <summary>Temperature, 0 to 1; not sent when empty, as newer models refuse it.</summary>
    public double? BedrockTemperature { get; init; }

    /// <summary>Another address that speaks Bedrock's protocol; AWS's own when empty.</summary>
    public string? BedrockServiceUrl { get; init; }

    /// <summary>SageMaker endpoint of the model huggingface.</summary>
    public string SageMakerEndpoint { get; init; } = "bitcoin-price-predictor";

    /// <summary>Request format of the endpoint: chronos or instances.</summary>
    public SageMakerShape SageMakerShape { get; init; }

    /// <summary>Another address that speaks SageMaker's protocol; AWS's own when empty.</summary>
    public string? SageMakerServiceUrl { get; init; }

    /// <summary>Address of the model http.</summary>
    public string? HttpModelUrl { get; init; }

    /// <summary>Name of the secret that is sent to the model http as bearer token; none is sent when empty.</summary>
    public string? HttpModelKeySecret { get; init; }

    /// <summary>Which language model is asked on Bedrock, and how.</summary>
    public BedrockOptions Bedrock() =>
        new(AwsRegion, BedrockServiceUrl, BedrockModelId, BedrockApi, BedrockOutput, BedrockMaxTokens, BedrockTemperature);

    /// <summary>Which endpoint is asked on SageMaker.</summary>
    public SageMakerOptions SageMaker() => new(AwsRegion, SageMakerServiceUrl, SageMakerEndpoint);

    /// <summary>How much each model counts: by its confidence alone, or by its track record as well.</summary>
    public EnsembleWeighting EnsembleWeights { get; init; } = EnsembleWeighting.Confidence;

    /// <summary>File of the learned model, as trading model train writes it.</summary>
    public string? LearnedModelFile { get; init; }

    /// <summary>File of the boosted model, as trading model boost writes it.</summary>
    public string? BoostedModelFile { get; init; }

    /// <summary>
    /// Days after the end of its training data after which trading model retrain trains the boosted model again; after twice as many it has
    /// expired and abstains. 0 for never.
    /// </summary>
    public int RetrainDays { get; init; }

    private void CheckModels(SettingViolations violations)
    {
        violations.Must(IsMultipleOfPriceInterval(DecisionIntervalSeconds), nameof(DecisionIntervalSeconds),
            $"a multiple of Trading:PriceIntervalSeconds ({PriceIntervalSeconds})", DecisionIntervalSeconds);
        violations.Must(IsMultipleOfPriceInterval(HorizonSeconds) && HorizonSeconds / Math.Max(1, PriceIntervalSeconds) <= 10_000,
            nameof(HorizonSeconds),
            $"a multiple of Trading:PriceIntervalSeconds ({PriceIntervalSeconds}), at most 10000 of them", HorizonSeconds);
        var known = ModelKind.All.Select(model => model.Name).ToList();
        violations.Must(Models.Count > 0 && Models.All(known.Contains) && Models.Distinct().Count() == Models.Count, nameof(Models),
            $"among {string.Join(", ", known)}, each once", string.Join(',', Models));
        var remote = ModelKind.All.Any(model => model.Remote && Models.Contains(model.Name));
        violations.Must(ModelDeadlineSeconds is >= 1 and <= 240, nameof(ModelDeadlineSeconds), "1 to 240", ModelDeadlineSeconds);
        violations.Must(!remote || ModelDeadlineSeconds < MaxPriceAgeSeconds, nameof(ModelDeadlineSeconds),
            $"less than Trading:MaxPriceAgeSeconds ({MaxPriceAgeSeconds}), or no answer comes in time to be traded on",
            ModelDeadlineSeconds);
        violations.Must(ModelMaxMovePercent is > 0 and <= 100, nameof(ModelMaxMovePercent), "above 0 and at most 100", ModelMaxMovePercent);
        violations.Must(ModelDeadBandPercent >= 0 && ModelDeadBandPercent < ModelMaxMovePercent, nameof(ModelDeadBandPercent),
            $"0 to below Trading:ModelMaxMovePercent ({ModelMaxMovePercent})", ModelDeadBandPercent);
        violations.Must(ModelCallsPerDay >= 1, nameof(ModelCallsPerDay), "at least 1", ModelCallsPerDay);
        violations.Must(ModelTokensPerDay >= 1, nameof(ModelTokensPerDay), "at least 1", ModelTokensPerDay);
        violations.Must(BedrockModelId.Length is > 0 and <= 2048 && !BedrockModelId.Any(char.IsWhiteSpace), nameof(BedrockModelId),
            "a model id, an inference profile or an ARN", BedrockModelId);
        violations.Must(BedrockMaxTokens is >= 100 and <= 100_000, nameof(BedrockMaxTokens), "100 to 100000", BedrockMaxTokens);
        violations.Must(BedrockTemperature is null or (>= 0 and <= 1), nameof(BedrockTemperature), "0 to 1, or empty", BedrockTemperature);
        MustAsk(violations, nameof(BedrockServiceUrl), BedrockServiceUrl);
        violations.Must(SageMakerEndpoint.Length is > 0 and <= 63 && SageMakerEndpoint.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'),
            nameof(SageMakerEndpoint), "1 to 63 letters, digits or -", SageMakerEndpoint);
        MustAsk(violations, nameof(SageMakerServiceUrl), SageMakerServiceUrl);
        violations.Must(HttpModelKeySecret is null || SecretName.IsValid(HttpModelKeySecret), nameof(HttpModelKeySecret),
            "the name of a secret", HttpModelKeySecret);
        violations.Must(HttpModelUrl is not null || !Models.Contains("http"), nameof(HttpModelUrl),
            "a URL for Trading:Models with http", HttpModelUrl);
        MustAsk(violations, nameof(HttpModelUrl), HttpModelUrl);
        CheckLearnedModel(violations);
        CheckBoostedModel(violations);
    }

    private void CheckBoostedModel(SettingViolations violations)
    {
        var asked = Models.Contains(BoostedModel.Name);
        violations.Must(RetrainDays is >= 0 and <= 3650, nameof(RetrainDays), "0 to 3650", RetrainDays);
        violations.Must(
            !asked || BoostedModelFile is not null, nameof(BoostedModelFile), $"a file, for Models has {BoostedModel.Name}", null);
        if (!asked || BoostedModelFile is null)
            return;
        try
        {
            var model = ModelFile.ReadBoosted(BoostedModelFile);
            violations.Must(model.OnlyForResearch() is null, nameof(BoostedModelFile),
                "a model that can answer live", $"{BoostedModelFile}: {model.OnlyForResearch()}");
            CheckSteps(violations, nameof(BoostedModelFile), model.IntervalSeconds, model.HorizonSteps);
        }
        catch (ModelFileException unusable)
        {
            violations.Add($"Trading:{nameof(BoostedModelFile)}: {unusable.Message}");
        }
    }

    private void CheckSteps(SettingViolations violations, string setting, int intervalSeconds, int horizonSteps) => violations.Must(
        intervalSeconds == PriceIntervalSeconds && (long)horizonSteps * intervalSeconds == HorizonSeconds, setting,
        $"a model for Trading:PriceIntervalSeconds={PriceIntervalSeconds} and Trading:HorizonSeconds={HorizonSeconds}",
        FormattableString.Invariant($"one for {intervalSeconds} and {(long)horizonSteps * intervalSeconds}"));

    private void CheckLearnedModel(SettingViolations violations)
    {
        violations.Must(!Models.Contains(LearnedModel.Name) || LearnedModelFile is not null, nameof(LearnedModelFile),
            $"a file, for Models has {LearnedModel.Name}", null);
        if (!Models.Contains(LearnedModel.Name) || LearnedModelFile is null)
            return;
        try
        {
            var model = ModelFile.Read(LearnedModelFile);
            CheckSteps(violations, nameof(LearnedModelFile), model.IntervalSeconds, model.HorizonSteps);
        }
        catch (ModelFileException unusable)
        {
            violations.Add($"Trading:{nameof(LearnedModelFile)}: {unusable.Message}");
        }
    }

    private bool IsMultipleOfPriceInterval(int seconds) => PriceIntervalSeconds > 0 && seconds > 0 && seconds % PriceIntervalSeconds == 0;
}
