using System.Text.Json.Serialization;

namespace Trading.Contracts;

/// <summary>Where a price is expected to go within the horizon.</summary>
public enum Direction
{
    /// <summary>No move beyond the dead band.</summary>
    Stable,

    /// <summary>Upwards.</summary>
    Up,

    /// <summary>Downwards.</summary>
    Down,
}

/// <summary>One model's answer, or why it gave none.</summary>
/// <param name="Model">Name of the model, for example "technical".</param>
/// <param name="PredictedPrice">Expected price at the horizon; null when the model abstained.</param>
/// <param name="Direction">
/// The model's direction, or the one derived from its price and the dead band; null when the model abstained.
/// </param>
/// <param name="Confidence">0 to 1; null when the model abstained.</param>
/// <param name="Abstained">Null when the model answered, else the reason in one line.</param>
/// <param name="Provenance">
/// Where the answer, or the lack of one, came from; null for a model that is computed in the process, and in records from before it was
/// kept.
/// </param>
public sealed record ModelOutput(
    string Model,
    double? PredictedPrice,
    Direction? Direction,
    double? Confidence,
    string? Abstained,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ModelProvenance? Provenance = null);

/// <summary>Where the answer of a model outside of the process came from. Such an answer cannot be computed again, so it is kept.</summary>
/// <param name="ModelId">The model that answered, as the provider names it: a model id, an inference profile, an endpoint.</param>
/// <param name="PromptSha256">SHA-256 (hex) of what was sent, byte for byte; null when nothing was.</param>
/// <param name="RawText">What came back, as it came, cut off after <see cref="LongestRawText"/> characters; null when nothing did.</param>
/// <param name="LatencyMilliseconds">From the first attempt to the answer or to giving up.</param>
/// <param name="InputTokens">
/// Tokens that were read, as the provider counts them, all attempts together; null when it does not count.
/// </param>
/// <param name="OutputTokens">
/// Tokens that were written, as the provider counts them, all attempts together; null when it does not count.
/// </param>
/// <param name="Attempts">How often the model was asked for this answer; 0 when it was not.</param>
public sealed record ModelProvenance(
    string ModelId,
    string? PromptSha256,
    string? RawText,
    double LatencyMilliseconds,
    int? InputTokens,
    int? OutputTokens,
    int Attempts)
{
    /// <summary>Most characters of an answer that are kept.</summary>
    public const int LongestRawText = 4000;
}
