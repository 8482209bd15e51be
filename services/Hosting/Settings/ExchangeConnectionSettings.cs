using Trading.Core;

namespace Trading.Hosting.Settings;

// Settings: how a real exchange is reached, and what may happen there.
public sealed partial record TradingSettings
{
    /// <summary>Whether orders go to the exchange's test network (Binance testnet, Coinbase sandbox), where no real money moves.</summary>
    public bool ExchangeTestNetwork { get; init; }

    /// <summary>
    /// Another address of the exchange; its own when empty. With ExchangeTestNetwork this machine, or the address of the test network
    /// itself, so that real trading is never called a test.
    /// </summary>
    public string? ExchangeUrl { get; init; }

    /// <summary>
    /// Name of the secret that holds the exchange's key: a JSON object with apiKey and apiSecret; trading/ and the exchange's name when
    /// empty, with -test behind it for the test network, which must not be given the key of the real one.
    /// </summary>
    public string? ExchangeSecret { get; init; }

    /// <summary>The currency that stands for USD on the exchange; USDT on binance, USD on coinbase when empty.</summary>
    public string? ExchangeUsd { get; init; }

    /// <summary>
    /// How an order is placed: limit-ioc (at the worst price or better, the rest cancelled), limit-gtc, post-only or market. With post-only
    /// exits are limit-ioc, because they must not wait.
    /// </summary>
    public OrderPlacement OrderPlacement { get; init; } = OrderPlacement.LimitIoc;

    /// <summary>An order that is still open on the exchange after this time is cancelled.</summary>
    public int OrderTimeoutSeconds { get; init; } = 60;

    /// <summary>How long an answer of the exchange may take; after that the outcome is unknown and queried.</summary>
    public int ExchangeTimeoutSeconds { get; init; } = 10;

    /// <summary>
    /// How long after it was sent Binance may still carry out a request; on Coinbase a request is good for twice as long, 5 s at least.
    /// </summary>
    public int ExchangeReceiveWindowMilliseconds { get; init; } = 5000;

    /// <summary>
    /// How long an order without an answer that the exchange does not know stays unknown; after that open orders, fills and balances must
    /// all lack it before it counts as never placed.
    /// </summary>
    public int OrderAbsenceSeconds { get; init; } = 300;

    /// <summary>Seconds from one comparison of open orders, fills and balances with the exchange to the next.</summary>
    public int ReconcileIntervalSeconds { get; init; } = 30;

    /// <summary>
    /// Whether a sale that somebody else made on the exchange is booked by itself, where it explains the balance of its units whole.
    /// </summary>
    public bool BookForeignSales { get; init; } = true;

    /// <summary>The same for purchases of others, which then are positions with exits.</summary>
    public bool BookForeignPurchases { get; init; }

    /// <summary>Whether money that was paid in on the exchange is booked by itself, where no order explains it.</summary>
    public bool BookDeposits { get; init; } = true;

    /// <summary>The currency that stands for USD on the exchange.</summary>
    public string UsdOnExchange() => ExchangeUsd ?? ExchangeKind.Of(Exchange)?.Usd ?? "USD";

    /// <summary>Name of the secret that holds the exchange's key.</summary>
    public string ExchangeSecretName() => ExchangeSecret ?? (ExchangeTestNetwork ? $"{RealSecretName()}-test" : RealSecretName());

    /// <summary>
    /// What an operator's confirmation of real trading covers: exchange, account, symbols. Order sizes are bounded by the limits, whose
    /// changes are events with name and reason themselves.
    /// </summary>
    public string RealConfiguration() => FormattableString.Invariant(
        $"{Exchange}{(ExchangeUrl is null ? "" : $" at {ExchangeUrl}")}, account {Account}, {string.Join(',', Symbols)}");

    /// <summary>Where the exchange is reached: another address of the settings, its test network's or its own; null on paper.</summary>
    public Uri? ExchangeAddress() =>
        (ExchangeUrl ?? (ExchangeTestNetwork ? ExchangeKind.Of(Exchange)?.TestAddress : ExchangeKind.Of(Exchange)?.Address)) is { } url
            ? new(url) : null;

    private string RealSecretName() => $"trading/{Exchange}";

    private string ProductOf(string symbol) => ExchangeSymbol.Of(symbol, UsdOnExchange()) is var parts ? $"{parts.Base}-{parts.Quote}" : "";

    // Real trading that is called a test would be booked as simulated and need no confirmation.
    private void CheckTestNetwork(SettingViolations violations)
    {
        var test = ExchangeKind.Of(Exchange)?.TestAddress is { } known ? new Uri(known) : null;
        var given = Uri.TryCreate(ExchangeUrl, UriKind.Absolute, out var url) ? url : null;
        var toTest = given is not null && test is not null && given.Host.Equals(test.Host, StringComparison.OrdinalIgnoreCase);
        violations.Must(!ExchangeTestNetwork || given is null || given.IsLoopback || toTest, nameof(ExchangeUrl),
            $"empty, this machine or {test?.Host} with Trading:ExchangeTestNetwork=true", ExchangeUrl);
        violations.Must(ExchangeTestNetwork || !toTest, nameof(ExchangeTestNetwork),
            $"true where Trading:ExchangeUrl is the test network of {Exchange}", ExchangeTestNetwork);
        violations.Must(!ExchangeTestNetwork || ExchangeSecret is null || ExchangeSecret.Split('#')[0] != RealSecretName(),
            nameof(ExchangeSecret), "another secret than the real exchange's with Trading:ExchangeTestNetwork=true", ExchangeSecret);
    }

    private void CheckExchangeConnection(SettingViolations violations)
    {
        violations.Must(ExchangeKind.Of(Exchange) is not null, nameof(Exchange),
            $"one of {string.Join(", ", ExchangeKind.All.Select(exchange => exchange.Name))}", Exchange);
        var real = Exchange != PaperFill.Exchange && !ExchangeTestNetwork;
        violations.Must(!real || EnableRealTrading, nameof(EnableRealTrading),
            $"true with Trading:Exchange={Exchange}, or Trading:ExchangeTestNetwork=true: its orders cost real money", EnableRealTrading);
        violations.Must(!EnableRealTrading || !ExchangeTestNetwork, nameof(EnableRealTrading),
            "false with Trading:ExchangeTestNetwork=true", EnableRealTrading);
        violations.Must(Exchange == PaperFill.Exchange || !Feed.IsPlayed(), nameof(Exchange),
            $"{PaperFill.Exchange} with Trading:Feed=recorded or demo", Exchange);
        MustAsk(violations, nameof(ExchangeUrl), ExchangeUrl);
        CheckTestNetwork(violations);
        // Its orders would be paid in a currency that the account does not have, or two symbols would be one product.
        foreach (var symbol in Exchange == PaperFill.Exchange ? [] : Symbols.Where(Plausibility.IsSymbol))
        {
            violations.Must(ExchangeSymbol.Of(symbol, UsdOnExchange()).Quote == UsdOnExchange(), nameof(Symbols),
                $"in USD or {UsdOnExchange()} with Trading:Exchange={Exchange}", symbol);
            var same = Symbols.Where(other => Plausibility.IsSymbol(other) && ProductOf(other) == ProductOf(symbol)).ToList();
            violations.Must(same.Count == 1 || same[0] != symbol, nameof(Symbols),
                $"one name for each product: {string.Join(" and ", same)} are both {ProductOf(symbol)} on {Exchange}", string.Join(',',
                    Symbols));
        }
        violations.Must(ExchangeUsd is null || (ExchangeUsd.Length is >= 3 and <= 6 && ExchangeUsd.All(char.IsAsciiLetterUpper)),
            nameof(ExchangeUsd), "a currency like USDT", ExchangeUsd);
        violations.Must(ExchangeSecret is null || SecretName.IsValid(ExchangeSecret), nameof(ExchangeSecret),
            "the name of a secret", ExchangeSecret);
        violations.Must(OrderPlacement != OrderPlacement.StopLoss, nameof(OrderPlacement),
            "limit-ioc, limit-gtc, post-only or market", OrderPlacement);
        violations.Must(OrderTimeoutSeconds is >= 5 and <= 86_400, nameof(OrderTimeoutSeconds), "5 to 86400", OrderTimeoutSeconds);
        violations.Must(ExchangeTimeoutSeconds is >= 1 and <= 60, nameof(ExchangeTimeoutSeconds), "1 to 60", ExchangeTimeoutSeconds);
        violations.Must(ExchangeReceiveWindowMilliseconds is >= 100 and <= 60_000, nameof(ExchangeReceiveWindowMilliseconds),
            "100 to 60000", ExchangeReceiveWindowMilliseconds);
        violations.Must(OrderAbsenceSeconds is >= 1 and <= 3600, nameof(OrderAbsenceSeconds), "1 to 3600", OrderAbsenceSeconds);
        violations.Must(ReconcileIntervalSeconds is >= 1 and <= 3600, nameof(ReconcileIntervalSeconds),
            "1 to 3600", ReconcileIntervalSeconds);
    }
}
