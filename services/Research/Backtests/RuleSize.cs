using System.Globalization;

namespace Trading.Research.Backtests;

/// <summary>What the number of a size counts.</summary>
public enum RuleSizeKind
{
    /// <summary>Units of the base currency.</summary>
    Units,

    /// <summary>The value of the purchase at its price.</summary>
    Usd,

    /// <summary>Percent of what the account is worth at the decision.</summary>
    EquityPercent,

    /// <summary>All cash, fee included.</summary>
    All,
}

/// <summary>How much a rule by itself buys at a time.</summary>
/// <param name="Kind">What the number counts.</param>
/// <param name="Value">The number; above 0.</param>
public readonly record struct RuleSize(RuleSizeKind Kind, decimal Value)
{
    /// <summary>A number of units.</summary>
    public static implicit operator RuleSize(decimal units) => new(RuleSizeKind.Units, units);

    /// <summary>A number of units.</summary>
    public static RuleSize FromDecimal(decimal units) => units;

    /// <summary>Reads 0.01 (units), 1000usd, 25% (of what the account is worth) or all.</summary>
    /// <exception cref="FormatException">It is none of these; the message is one line.</exception>
    public static RuleSize Parse(string text)
    {
        if (text.Equals("all", StringComparison.OrdinalIgnoreCase))
            return new(RuleSizeKind.All, 100);
        var (kind, number) = text.EndsWith('%') ? (RuleSizeKind.EquityPercent, text[..^1])
            : text.EndsWith("usd", StringComparison.OrdinalIgnoreCase) ? (RuleSizeKind.Usd, text[..^3])
            : (RuleSizeKind.Units, text);
        var valid = decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            && value > 0 && (kind != RuleSizeKind.EquityPercent || value <= 100);
        return valid ? new(kind, value) : throw new FormatException(
            $"a size is a number above 0 of units like 0.01, a value like 1000usd, a share like 25% up to 100%, or all, was {text}");
    }

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        RuleSizeKind.Units => Value.ToString(CultureInfo.InvariantCulture),
        RuleSizeKind.Usd => string.Create(CultureInfo.InvariantCulture, $"{Value} USD"),
        RuleSizeKind.EquityPercent => string.Create(CultureInfo.InvariantCulture, $"{Value} % of equity"),
        _ => "all cash",
    };
}
