using Trading.Core;

namespace Trading.Hosting.Settings;

// Settings: where orders go, and what they cost on paper.
public sealed partial record TradingSettings
{
    /// <summary>Exchange that orders go to.</summary>
    public string Exchange { get; init; } = PaperFill.Exchange;

    /// <summary>Whether orders may cost real money.</summary>
    public bool EnableRealTrading { get; init; }

    /// <summary>
    /// Cash of a new account; exchange for what the exchange holds, which is the default on one that is not paper. Less on the exchange
    /// than that does not start.
    /// </summary>
    [Word(FromExchange, 0)]
    public decimal StartingCashUsd { get; init; } = 10_000;

    /// <summary>
    /// With StartingCashUsd=exchange, the most that a new account opens with; the rest on the exchange is not the account's.
    /// </summary>
    public decimal MaxStartingCashUsd { get; init; } = 10_000;

    private const string FromExchange = "exchange";

    /// <summary>Whether a new account opens with what the exchange holds.</summary>
    public bool OpensFromExchange() => StartingCashUsd == 0;

    /// <summary>
    /// Exchange whose fees are used on paper, and for the cash that a buy reserves for its fee; Exchange, or binance on paper, when empty.
    /// </summary>
    public string? FeeVenue { get; init; }

    /// <summary>Fee of an order that is filled at once, in percent of its value; that of FeeVenue when empty.</summary>
    public decimal? PaperFeePercent { get; init; }

    /// <summary>Distance between bid and ask on paper, in percent.</summary>
    public decimal PaperSpreadPercent { get; init; } = 0.02m;

    /// <summary>How much further the price moves against an order on paper, in percent.</summary>
    public decimal PaperSlippagePercent { get; init; } = 0.02m;

    /// <summary>
    /// Fee on paper of an order that waited in the book, in percent of its value; PaperFeePercent when empty, that of FeeVenue when both
    /// are empty.
    /// </summary>
    public decimal? PaperMakerFeePercent { get; init; }

    /// <summary>
    /// How much further the price moves against an order as large as all that its bar traded, in percent; a smaller order in proportion.
    /// </summary>
    public decimal PaperSizeSlippagePercent { get; init; }

    /// <summary>Largest part of a bar's volume that an order on paper may take, in percent; 0 for no bound.</summary>
    public decimal PaperMaxVolumePercent { get; init; }

    /// <summary>How long an order on paper is on its way, in milliseconds.</summary>
    public int PaperLatencyMilliseconds { get; init; }

    /// <summary>Share of the orders on paper that are filled only in part, 0 to 1.</summary>
    public double PaperPartialFillRate { get; init; }

    /// <summary>Share of the orders on paper that are refused, 0 to 1.</summary>
    public double PaperRejectionRate { get; init; }

    /// <summary>Share of the orders on paper that are not answered, 0 to 1.</summary>
    public double PaperTimeoutRate { get; init; }

    /// <summary>Smallest step of a price.</summary>
    public decimal TickSize { get; init; } = 0.01m;

    private const string DefaultFeeVenue = "binance";

    /// <summary>Fee of an order that is filled at once, in percent of its value.</summary>
    public decimal TakerFeePercent() => PaperFeePercent ?? Fees().Taker;

    private (decimal Maker, decimal Taker) Fees() =>
        ExchangeKind.Of(FeeVenue ?? Exchange)?.Fees ?? ExchangeKind.Of(DefaultFeeVenue)!.Fees!.Value;

    // Null when it is the taker's.
    private decimal? MakerFeePercent() =>
        PaperMakerFeePercent ?? (PaperFeePercent is null && Fees() is var (maker, taker) && maker != taker ? maker : null);

    /// <summary>These settings with every cost of trading on paper, and the delay of an order, as others have them.</summary>
    public TradingSettings WithCostsOf(TradingSettings other) => this with
    {
        FeeVenue = other.FeeVenue ?? other.Exchange,
        PaperFeePercent = other.PaperFeePercent,
        PaperMakerFeePercent = other.PaperMakerFeePercent,
        PaperSpreadPercent = other.PaperSpreadPercent,
        PaperSlippagePercent = other.PaperSlippagePercent,
        PaperSizeSlippagePercent = other.PaperSizeSlippagePercent,
        PaperMaxVolumePercent = other.PaperMaxVolumePercent,
        PaperLatencyMilliseconds = other.PaperLatencyMilliseconds,
        BacktestLatencyMilliseconds = other.BacktestLatencyMilliseconds,
        PaperPartialFillRate = other.PaperPartialFillRate,
        PaperRejectionRate = other.PaperRejectionRate,
        PaperTimeoutRate = other.PaperTimeoutRate,
        TickSize = other.TickSize,
        LotSize = other.LotSize,
    };

    /// <summary>What trading on paper costs.</summary>
    public PaperCosts PaperCosts() => new(TakerFeePercent(), PaperSpreadPercent, PaperSlippagePercent, TickSize)
    {
        MakerFeePercent = MakerFeePercent(),
        SizeSlippagePercent = PaperSizeSlippagePercent,
        MaxVolumePercent = PaperMaxVolumePercent,
        LotSize = LotSize,
        LatencyMilliseconds = PaperLatencyMilliseconds,
        PartialFillRate = PaperPartialFillRate,
        RejectionRate = PaperRejectionRate,
        TimeoutRate = PaperTimeoutRate,
    };

    private void CheckExchange(SettingViolations violations)
    {
        violations.Must(!EnableRealTrading || Exchange != PaperFill.Exchange, nameof(EnableRealTrading),
            $"false with Trading:Exchange={Exchange}", EnableRealTrading);
        violations.Must(!EnableRealTrading || Feed == FeedKind.Live, nameof(EnableRealTrading),
            $"false with Trading:Feed={Feed.ToString().ToLowerInvariant()}", EnableRealTrading);
        violations.Must(!EnableRealTrading || Journal == JournalKind.Postgres, nameof(EnableRealTrading),
            "false with a journal that is private to the process", EnableRealTrading);
        violations.Must(StartingCashUsd is > 0 and <= 1_000_000_000_000 || (StartingCashUsd == 0 && Exchange != PaperFill.Exchange),
            nameof(StartingCashUsd), "above 0 and at most 1000000000000, or exchange where Trading:Exchange is one", StartingCashUsd);
        violations.Must(MaxStartingCashUsd is > 0 and <= 1_000_000_000_000, nameof(MaxStartingCashUsd),
            "above 0 and at most 1000000000000", MaxStartingCashUsd);
        violations.Must(FeeVenue is null || ExchangeKind.Of(FeeVenue)?.Fees is not null, nameof(FeeVenue),
            $"one of {string.Join(", ", ExchangeKind.All.Where(exchange => exchange.Fees is not null).Select(exchange => exchange.Name))}",
            FeeVenue);
        violations.Must(PaperFeePercent is null or (>= 0 and <= 10), nameof(PaperFeePercent), "0 to 10", PaperFeePercent);
        violations.Must(PaperSpreadPercent is >= 0 and <= 10, nameof(PaperSpreadPercent), "0 to 10", PaperSpreadPercent);
        violations.Must(PaperSlippagePercent is >= 0 and <= 10, nameof(PaperSlippagePercent), "0 to 10", PaperSlippagePercent);
        violations.Must(PaperMakerFeePercent is null or (>= 0 and <= 10), nameof(PaperMakerFeePercent), "0 to 10", PaperMakerFeePercent);
        violations.Must(PaperSizeSlippagePercent is >= 0 and <= 100, nameof(PaperSizeSlippagePercent),
            "0 to 100", PaperSizeSlippagePercent);
        violations.Must(PaperMaxVolumePercent is >= 0 and <= 100, nameof(PaperMaxVolumePercent), "0 to 100", PaperMaxVolumePercent);
        violations.Must(PaperLatencyMilliseconds is >= 0 and <= 86_400_000, nameof(PaperLatencyMilliseconds),
            "0 to 86400000", PaperLatencyMilliseconds);
        violations.Must(PaperPartialFillRate is >= 0 and <= 1, nameof(PaperPartialFillRate), "0 to 1", PaperPartialFillRate);
        violations.Must(PaperRejectionRate is >= 0 and <= 1, nameof(PaperRejectionRate), "0 to 1", PaperRejectionRate);
        violations.Must(PaperTimeoutRate is >= 0 and <= 1, nameof(PaperTimeoutRate), "0 to 1", PaperTimeoutRate);
        violations.Must(TickSize is > 0 and <= 1_000_000, nameof(TickSize), "above 0 and at most 1000000", TickSize);
    }
}
