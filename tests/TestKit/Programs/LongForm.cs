namespace Trading.TestKit.Programs;

/// <summary>
/// Tests that repeat the same step many times have a short form, which the gate runs, and a long one, which TRADING_LONG=1 asks for and the
/// public workflow runs each night. Both make the same assertions.
/// </summary>
internal static class LongForm
{
    public static bool IsWanted { get; } = Environment.GetEnvironmentVariable("TRADING_LONG") == "1";

    /// <summary>The length to run with.</summary>
    public static T Or<T>(T longForm, T shortForm) => IsWanted ? longForm : shortForm;
}
