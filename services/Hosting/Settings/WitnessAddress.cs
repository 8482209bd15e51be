using Trading.Journal.Witnesses;

namespace Trading.Hosting.Settings;

/// <summary>A witness in the settings: its public key, an @, and where it answers.</summary>
/// <param name="Key">Its public key.</param>
/// <param name="Url">What add-checkpoint is put behind.</param>
public sealed record WitnessAddress(WitnessKey Key, Uri Url)
{
    /// <summary>The witnesses of the settings.</summary>
    public static IReadOnlyList<WitnessAddress> Of(TradingSettings settings) =>
        [.. settings.Witnesses.Select(text => Parse(text) ?? throw new ArgumentException($"{text} is no witness.", nameof(settings)))];

    /// <summary>How many of the witnesses must cosign.</summary>
    public static int Quorum(TradingSettings settings) =>
        settings.WitnessQuorum > 0 ? settings.WitnessQuorum : WitnessQuorum.Majority(settings.Witnesses.Count);

    /// <summary>Reads one; null when it is none.</summary>
    public static WitnessAddress? Parse(string text) =>
        text.IndexOf('@', StringComparison.Ordinal) is > 0 and var at && WitnessKey.TryParse(text[..at], out var key)
            && Uri.TryCreate(text[(at + 1)..].TrimEnd('/') + "/", UriKind.Absolute, out var url) && url.Scheme is ("http" or "https")
            ? new(key, url) : null;
}
