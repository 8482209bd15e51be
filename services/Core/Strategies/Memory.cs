namespace Trading.Core.Strategies;

/// <summary>
/// After how many bars an average that never quite forgets has forgotten its first ones: their weight is then below a millionth.
/// </summary>
internal static class Memory
{
    private const double Forgotten = 14; // e^-14 is 8e-7

    /// <summary>Bars of an exponential average with smoothing 2 / (length + 1).</summary>
    public static int OfExponential(int length) => length + (int)Math.Ceiling(Forgotten * (length + 1) / 2);

    /// <summary>Bars of Wilder's average, whose smoothing is 1 / length, over changes from bar to bar.</summary>
    public static int OfWilder(int length) => 1 + length + (int)Math.Ceiling(Forgotten * length);
}
