using Trading.Core;

namespace Trading.Hosting.Settings;

/// <summary>A model that settings can name.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Remote">Whether it runs outside of this process, so that its answer takes time and may cost money.</param>
public sealed record ModelKind(string Name, bool Remote)
{
    /// <summary>The models, one line each. The Predictor finds the class of each by its name.</summary>
    public static IReadOnlyList<ModelKind> All { get; } =
    [
        new(TechnicalModel.Name, Remote: false),
        new(LearnedModel.Name, Remote: false),
        new(BoostedModel.Name, Remote: false),
        new("bedrock", Remote: true),
        new("huggingface", Remote: true),
        new("http", Remote: true),
    ];
}
