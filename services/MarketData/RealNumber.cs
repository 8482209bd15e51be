using System.Globalization;

namespace Trading.MarketData;

/// <summary>Numbers that were kept as doubles.</summary>
public static class RealNumber
{
    private const long UnitsOfOne = 100_000_000;
    private const int Scale = 8, UnitsOfCent = 1_000_000;

    // Up to here (2^26) two numbers of eight decimals are never the same double.
    private const double MostUnits = 67_108_864.0 * UnitsOfOne;

    /// <summary>
    /// The decimal number that a double stands for: the one with at most eight decimals of which it is the nearest double, else the one
    /// that its shortest text says.
    /// </summary>
    public static decimal? Exact(double value) => TryExact(value, out var exact) ? exact : null;

    /// <summary>The same number; false, and the value 0, where the double is not finite or too large.</summary>
    public static bool TryExact(double value, out decimal exact)
    {
        var units = Math.Round(value * UnitsOfOne);
        if (Math.Abs(units) < MostUnits && units / UnitsOfOne == value)
        {
            var (whole, negative) = ((long)Math.Abs(units), units < 0);
            var cents = Math.DivRem(whole, UnitsOfCent, out var finer);
            exact = finer == 0
                ? new((int)cents, (int)(cents >> 32), 0, negative, 2)
                : new((int)whole, (int)(whole >> 32), 0, negative, Scale);
            return true;
        }
        exact = 0;
        return double.IsFinite(value) && decimal.TryParse(value.ToString("R", CultureInfo.InvariantCulture), NumberStyles.Float,
            CultureInfo.InvariantCulture, out exact);
    }
}
