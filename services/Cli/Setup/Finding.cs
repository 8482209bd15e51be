namespace Trading.Cli.Setup;

/// <summary>What was checked.</summary>
/// <param name="What">What.</param>
/// <param name="Ok">Whether it is as it should be.</param>
/// <param name="Found">What was found.</param>
/// <param name="Advice">What to do; null where nothing is to be done.</param>
public sealed record Finding(string What, bool Ok, string Found, string? Advice);
