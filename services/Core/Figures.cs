using System.Globalization;

namespace Trading.Core;

/// <summary>Numbers and times in the one form in which people read them: the same in every command, table, line and page.</summary>
public static class Figures
{
    /// <summary>An amount of money: two decimals, thousands separated.</summary>
    public static string Money(decimal amount) => Core.Money.Text(amount);

    /// <summary>A price: as money; below 1 with up to six decimals.</summary>
    public static string Price(decimal price) =>
        price is > 0 and < 1 ? price.ToString("0.00####", CultureInfo.InvariantCulture) : Money(price);

    /// <summary>An amount of money with its sign.</summary>
    public static string SignedMoney(decimal amount) => amount.ToString("+#,0.00;-#,0.00;0.00", CultureInfo.InvariantCulture);

    /// <summary>Units of what is traded: at most eight decimals, none that are zero at the end.</summary>
    public static string Quantity(decimal units) => units.ToString("0.########", CultureInfo.InvariantCulture);

    /// <summary>A share of one, in percent with one decimal.</summary>
    public static string Share(decimal share) => (share * 100).ToString("0.0", CultureInfo.InvariantCulture) + " %";

    /// <summary>A change in percent, with its sign and two decimals.</summary>
    public static string Change(decimal percent) => percent.ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture) + " %";

    /// <summary>A confidence or another figure between 0 and 1.</summary>
    public static string Fraction(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    /// <summary>A time in UTC, to the second.</summary>
    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>A day in UTC.</summary>
    public static string Day(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>A time in UTC, to the minute.</summary>
    public static string Minute(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    /// <summary>A length of time in the largest unit that it is whole in: 90 s, 5 min, 4 h, 1 d.</summary>
    public static string Length(int seconds) =>
        seconds % 86_400 == 0 ? FormattableString.Invariant($"{seconds / 86_400} d")
        : seconds % 3600 == 0 ? FormattableString.Invariant($"{seconds / 3600} h")
        : seconds % 60 == 0 ? FormattableString.Invariant($"{seconds / 60} min") : FormattableString.Invariant($"{seconds} s");

    /// <summary>How many there are of something: 1 hold, 2 holds, 1,204 matches.</summary>
    public static string Count(long count, string thing) => string.Create(CultureInfo.InvariantCulture,
        $"{count:N0} {thing}{(count == 1 ? "" : thing.EndsWith("ch", StringComparison.Ordinal) || thing.EndsWith('s') ? "es" : "s")}");

    /// <summary>Bytes as people read them.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        >= 1_000_000_000 => FormattableString.Invariant($"{bytes / 1e9:0.0} GB"),
        >= 1_000_000 => FormattableString.Invariant($"{bytes / 1e6:0} MB"),
        _ => FormattableString.Invariant($"{bytes / 1e3:0} kB"),
    };
}
