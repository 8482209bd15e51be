using Trading.Core;

namespace Trading.Hosting;

// Settings: how a real exchange is reached, and what may happen there.
public sealed partial record TradingSettings
{
    /// <summary>Whether orders go to the exchange's test network (Binance testnet, Coinbase sandbox), where no real money moves.</summary>
    public bool ExchangeTestNetwork { get; init; }

    /// <summary>Another address of the exchange; its own when empty.</summary>
    public string? ExchangeUrl { get; init; }

    /// <summary>Name of the secret that holds the exchange's key: a JSON object with apiKey and apiSecret; trading/ and the exchange's name when empty.</summary>
    public string? ExchangeSecret { get; init; }

    /// <summary>The currency that stands for USD on the exchange; USDT on binance, USD on coinbase when empty.</summary>
    public string? ExchangeUsd { get; init; }

    /// <summary>How an order is placed: limit-ioc (at the worst price or better, the rest cancelled), limit-gtc, post-only or market. With post-only an exit is limit-ioc: it does not wait.</summary>
    public OrderPlacement OrderPlacement { get; init; } = OrderPlacement.LimitIoc;

    /// <summary>An order that still waits on the exchange after as long is cancelled.</summary>
    public int OrderTimeoutSeconds { get; init; } = 60;

    /// <summary>How long an answer of the exchange may take; what comes later is unknown, and asked for.</summary>
    public int ExchangeTimeoutSeconds { get; init; } = 10;

    /// <summary>How long after it was sent Binance may still take up a request.</summary>
    public int ExchangeReceiveWindowMilliseconds { get; init; } = 5000;

    /// <summary>Seconds from one comparison of open orders, fills and balances with the exchange to the next.</summary>
    public int ReconcileIntervalSeconds { get; init; } = 30;

    /// <summary>The exchanges that exist.</summary>
    public static IReadOnlyList<string> KnownExchanges { get; } = [PaperFill.Exchange, "binance", "coinbase"];

    /// <summary>The currency that stands for USD on the exchange.</summary>
    public string UsdOnExchange() => ExchangeUsd ?? (Exchange == "binance" ? "USDT" : "USD");

    /// <summary>Name of the secret that holds the exchange's key.</summary>
    public string ExchangeSecretName() => ExchangeSecret ?? $"trading/{Exchange}";

    /// <summary>What an operator's confirmation of real trading holds for: exchange, account, symbols. How large orders may be is for the limits, which are events with who and why themselves.</summary>
    public string RealConfiguration() => FormattableString.Invariant(
        $"{Exchange}{(ExchangeUrl is null ? "" : $" at {ExchangeUrl}")}, account {Account}, {string.Join(',', Symbols)}");

    private void CheckExchangeConnection(SettingViolations violations)
    {
        violations.Must(KnownExchanges.Contains(Exchange), nameof(Exchange), $"one of {string.Join(", ", KnownExchanges)}", Exchange);
        var real = Exchange != PaperFill.Exchange && !ExchangeTestNetwork;
        violations.Must(!real || EnableRealTrading, nameof(EnableRealTrading), $"true with Trading:Exchange={Exchange}, or Trading:ExchangeTestNetwork=true: its orders cost real money", EnableRealTrading);
        violations.Must(!EnableRealTrading || !ExchangeTestNetwork, nameof(EnableRealTrading), "false with Trading:ExchangeTestNetwork=true", EnableRealTrading);
        violations.Must(Exchange == PaperFill.Exchange || Feed != FeedKind.Recorded, nameof(Exchange), $"{PaperFill.Exchange} with Trading:Feed=recorded", Exchange);
        violations.Must(ExchangeUrl is null || (Uri.TryCreate(ExchangeUrl, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"), nameof(ExchangeUrl), "a URL", ExchangeUrl);
        violations.Must(ExchangeUsd is null || (ExchangeUsd.Length is >= 3 and <= 6 && ExchangeUsd.All(char.IsAsciiLetterUpper)), nameof(ExchangeUsd), "a currency like USDT", ExchangeUsd);
        violations.Must(ExchangeSecret is null || Hosting.Secrets.IsName(ExchangeSecret), nameof(ExchangeSecret), "the name of a secret", ExchangeSecret);
        violations.Must(OrderPlacement != OrderPlacement.StopLoss, nameof(OrderPlacement), "limit-ioc, limit-gtc, post-only or market", OrderPlacement);
        violations.Must(OrderTimeoutSeconds is >= 5 and <= 86_400, nameof(OrderTimeoutSeconds), "5 to 86400", OrderTimeoutSeconds);
        violations.Must(ExchangeTimeoutSeconds is >= 1 and <= 60, nameof(ExchangeTimeoutSeconds), "1 to 60", ExchangeTimeoutSeconds);
        violations.Must(ExchangeReceiveWindowMilliseconds is >= 100 and <= 60_000, nameof(ExchangeReceiveWindowMilliseconds), "100 to 60000", ExchangeReceiveWindowMilliseconds);
        violations.Must(ReconcileIntervalSeconds is >= 1 and <= 3600, nameof(ReconcileIntervalSeconds), "1 to 3600", ReconcileIntervalSeconds);
    }
}
