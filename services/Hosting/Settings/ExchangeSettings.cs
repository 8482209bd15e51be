using Trading.Core;

namespace Trading.Hosting;

// Settings: where orders go, and what they cost on paper.
public sealed partial record TradingSettings
{
    /// <summary>Exchange that orders go to.</summary>
    public string Exchange { get; init; } = PaperFill.Exchange;

    /// <summary>Whether orders may cost real money.</summary>
    public bool EnableRealTrading { get; init; }

    /// <summary>Cash of a new paper account.</summary>
    public decimal StartingCashUsd { get; init; } = 10_000;

    /// <summary>Fee on paper, in percent of an order's value.</summary>
    public decimal PaperFeePercent { get; init; } = 0.1m;

    /// <summary>Distance between bid and ask on paper, in percent.</summary>
    public decimal PaperSpreadPercent { get; init; } = 0.02m;

    /// <summary>How much further the price moves against an order on paper, in percent.</summary>
    public decimal PaperSlippagePercent { get; init; } = 0.02m;

    /// <summary>Smallest step of a price.</summary>
    public decimal TickSize { get; init; } = 0.01m;

    private void CheckExchange(SettingViolations violations)
    {
        violations.Must(Exchange == PaperFill.Exchange, nameof(Exchange), $"{PaperFill.Exchange} (other exchanges are not in this version)", Exchange);
        violations.Must(!EnableRealTrading || Exchange != PaperFill.Exchange, nameof(EnableRealTrading), $"false with Trading:Exchange={Exchange}", EnableRealTrading);
        violations.Must(!EnableRealTrading || Feed == FeedKind.Live, nameof(EnableRealTrading), $"false with Trading:Feed={Feed.ToString().ToLowerInvariant()}", EnableRealTrading);
        violations.Must(!EnableRealTrading || Journal == JournalKind.Postgres, nameof(EnableRealTrading), "false with a journal that is private to the process", EnableRealTrading);
        violations.Must(StartingCashUsd is > 0 and <= 1_000_000_000_000, nameof(StartingCashUsd), "above 0 and at most 1000000000000", StartingCashUsd);
        violations.Must(PaperFeePercent is >= 0 and <= 10, nameof(PaperFeePercent), "0 to 10", PaperFeePercent);
        violations.Must(PaperSpreadPercent is >= 0 and <= 10, nameof(PaperSpreadPercent), "0 to 10", PaperSpreadPercent);
        violations.Must(PaperSlippagePercent is >= 0 and <= 10, nameof(PaperSlippagePercent), "0 to 10", PaperSlippagePercent);
        violations.Must(TickSize is > 0 and <= 1_000_000, nameof(TickSize), "above 0 and at most 1000000", TickSize);
    }
}
