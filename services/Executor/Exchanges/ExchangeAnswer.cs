namespace Trading.Services.Exchanges;

/// <summary>The three kinds of answers.</summary>
public enum AnswerKind
{
    /// <summary>The exchange carried out the request and reports the result.</summary>
    Done,

    /// <summary>The exchange certainly did not carry out the request.</summary>
    Refused,

    /// <summary>It is unknown whether the request was carried out. Query the state; never send again.</summary>
    Unknown,
}

/// <summary>Why an exchange refuses.</summary>
public enum ExchangeRefusal
{
    /// <summary>Another reason; see the text.</summary>
    Other,

    /// <summary>A rule of the product: lot, tick, value, distance of the price.</summary>
    Filter,

    /// <summary>So many orders are open already that it takes no more.</summary>
    TooManyOrders,

    /// <summary>Not enough money or units.</summary>
    Funds,

    /// <summary>A post-only order would have been filled at once.</summary>
    WouldTake,

    /// <summary>A stop would have been triggered at once.</summary>
    WouldTrigger,

    /// <summary>An open order has this client order id already.</summary>
    DuplicateId,

    /// <summary>The exchange has no such order, or it is not open.</summary>
    NotFound,

    /// <summary>The exchange does not trade this symbol, or not now.</summary>
    NotTraded,

    /// <summary>It has no such kind of order.</summary>
    NotSupported,

    /// <summary>The request was malformed or incomplete.</summary>
    Malformed,

    /// <summary>The key is unknown, or not allowed from this address or for this request.</summary>
    Key,

    /// <summary>The signature is wrong.</summary>
    Signature,

    /// <summary>This machine's clock is too far from the exchange's (-1021).</summary>
    ClockSkew,

    /// <summary>Too many requests (429): wait as long as the answer says.</summary>
    RateLimited,

    /// <summary>Banned for requests after 429 (418), for minutes to days.</summary>
    Banned,

    /// <summary>The exchange does not serve this country or region (451).</summary>
    Region,

    /// <summary>A firewall stood in the way (403).</summary>
    Firewall,
}

/// <summary>The answer of an exchange.</summary>
/// <param name="Kind">Which kind of answer.</param>
/// <param name="Value">The result; only when done.</param>
/// <param name="Refusal">Why it was refused; only when refused.</param>
/// <param name="Reason">The reason in words, without any secret; null when done.</param>
/// <param name="RetryAfter">How long to wait before the next request; null when the exchange does not say.</param>
public sealed record ExchangeAnswer<T>(AnswerKind Kind, T? Value, ExchangeRefusal? Refusal, string? Reason, TimeSpan? RetryAfter)
{
    /// <summary>Whether the request was carried out.</summary>
    [System.Diagnostics.CodeAnalysis.MemberNotNullWhen(true, nameof(Value))]
    public bool IsDone => Kind == AnswerKind.Done;

    /// <summary>The same answer for another type of value; only when there is no value.</summary>
    public ExchangeAnswer<TOther> As<TOther>() => new(Kind, default, Refusal, Reason, RetryAfter);

    /// <summary>Converts the value, if there is one.</summary>
    public ExchangeAnswer<TOther> Select<TOther>(Func<T, TOther> turn) => IsDone ? ExchangeAnswer.Done(turn(Value)) : As<TOther>();
}

/// <summary>Makes answers.</summary>
public static class ExchangeAnswer
{
    /// <summary>The request was carried out.</summary>
    public static ExchangeAnswer<T> Done<T>(T value) => new(AnswerKind.Done, value, null, null, null);

    /// <summary>The request was refused.</summary>
    public static ExchangeAnswer<T> Refused<T>(ExchangeRefusal refusal, string reason, TimeSpan? retryAfter = null) =>
        new(AnswerKind.Refused, default, refusal, reason, retryAfter);

    /// <summary>It is unknown whether the request was carried out.</summary>
    public static ExchangeAnswer<T> Unknown<T>(string reason) => new(AnswerKind.Unknown, default, null, reason, null);
}
