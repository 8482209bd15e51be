using Trading.Core;
using Trading.Hosting.Secrets;

namespace Trading.Services.Exchanges;

/// <summary>
/// An exchange. Refusals and unknown outcomes are answers, not exceptions. A time-out, a broken connection or a 5xx after an order was sent
/// is <see cref="AnswerKind.Unknown"/> and never a refusal.
/// </summary>
public interface IExchange
{
    /// <summary>Name in settings and records.</summary>
    string Name { get; }

    /// <summary>True when no real money can move: paper, test network, sandbox.</summary>
    bool Simulated { get; }

    /// <summary>What trading on paper costs; null on an exchange that reports its fills.</summary>
    PaperCosts? Costs { get; }

    /// <summary>Whether orders are executed on paper, without any exchange.</summary>
    bool IsPaper => Costs is not null;

    /// <summary>How long after it was sent the exchange may still carry out a request.</summary>
    TimeSpan RequestLifetime { get; }

    /// <summary>Checks at the start that there is a key and that it can be used.</summary>
    /// <exception cref="SecretException">There is no key.</exception>
    /// <exception cref="ExchangeKeyException">The key is of the wrong kind.</exception>
    Task CheckKeyAsync(CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>What the key may do, as the exchange says; on paper everything that is needed.</summary>
    Task<ExchangeAnswer<KeyRights>> KeyRightsAsync(CancellationToken cancellation) =>
        Task.FromResult(ExchangeAnswer.Done(new KeyRights(null, false, null)));

    /// <summary>
    /// Loads key and clock, so that nothing delays the call after the last check of the account. A failure shows when the order is placed.
    /// </summary>
    Task PrepareAsync(CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>
    /// Places an order, once: it is never sent again here, and not at all after <see cref="ExchangeOrder.SendBefore"/>.
    /// </summary>
    Task<ExchangeAnswer<OrderReport>> PlaceAsync(ExchangeOrder order, CancellationToken cancellation);

    /// <summary>
    /// Cancels what is left of an order. An order that has ended already is refused as <see cref="ExchangeRefusal.NotFound"/>.
    /// </summary>
    Task<ExchangeAnswer<OrderReport>> CancelAsync(ExchangeOrder order, CancellationToken cancellation);

    /// <summary>The state of an order with all its fills, by the client order id that was recorded before it was sent.</summary>
    Task<ExchangeAnswer<OrderReport>> OrderAsync(ExchangeOrder order, CancellationToken cancellation);

    /// <summary>An order by the exchange's id, without its fills; anybody may have placed it.</summary>
    Task<ExchangeAnswer<OrderReport>> OrderByIdAsync(string symbol, string exchangeOrderId, CancellationToken cancellation);

    /// <summary>The account's open orders in some symbols, with as few questions as possible.</summary>
    Task<ExchangeAnswer<IReadOnlyList<OrderReport>>> OpenOrdersAsync(
        IReadOnlyCollection<string> symbols, CancellationToken cancellation);

    /// <summary>The account's fills in a symbol since a time by the exchange's clock, oldest first.</summary>
    Task<ExchangeAnswer<IReadOnlyList<ExchangeFill>>> FillsAsync(string symbol, DateTimeOffset since, CancellationToken cancellation);

    /// <summary>The account's balances, those in open orders included; assets with a balance of 0 may be missing.</summary>
    Task<ExchangeAnswer<IReadOnlyList<ExchangeBalance>>> BalancesAsync(CancellationToken cancellation);

    /// <summary>What the exchange allows in orders of a symbol.</summary>
    Task<ExchangeAnswer<ProductFilters>> ProductAsync(string symbol, CancellationToken cancellation);

    /// <summary>What the exchange allows in orders of several symbols, with as few questions as possible.</summary>
    async Task<ExchangeAnswer<IReadOnlyList<ProductFilters>>> ProductsAsync(
        IReadOnlyCollection<string> symbols, CancellationToken cancellation)
    {
        var products = new List<ProductFilters>();
        foreach (var symbol in symbols)
        {
            var answer = await ProductAsync(symbol, cancellation);
            if (!answer.IsDone)
                return answer.As<IReadOnlyList<ProductFilters>>();
            products.Add(answer.Value);
        }
        return ExchangeAnswer.Done<IReadOnlyList<ProductFilters>>(products);
    }

    /// <summary>
    /// The price that the exchange's rules about price and value go by; null where that is the market's, or the exchange does not answer.
    /// </summary>
    Task<decimal?> ReferencePriceAsync(string symbol, CancellationToken cancellation) => Task.FromResult<decimal?>(null);

    /// <summary>What this account pays for orders of a product, and its own bounds there; they change seldom.</summary>
    Task<ExchangeAnswer<AccountTerms>> TermsAsync(string symbol, CancellationToken cancellation) =>
        Task.FromResult(ExchangeAnswer.Refused<AccountTerms>(ExchangeRefusal.NotSupported, $"{Name} has no terms of an account"));

    /// <summary>What a unit of an asset is worth now in the currency that stands for USD; above 0.</summary>
    Task<ExchangeAnswer<decimal>> PriceAsync(string asset, CancellationToken cancellation);

    /// <summary>The exchange's clock.</summary>
    Task<ExchangeAnswer<DateTimeOffset>> ServerTimeAsync(CancellationToken cancellation);
}
