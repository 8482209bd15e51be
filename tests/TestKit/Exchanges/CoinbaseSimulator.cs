using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using static Trading.TestKit.Exchanges.CoinbaseAnswers;

namespace Trading.TestKit.Exchanges;

/// <summary>Coinbase Advanced Trade.</summary>
/// <param name="venue">The market.</param>
/// <param name="faults">What goes wrong.</param>
/// <param name="clock">The exchange's clock.</param>
/// <param name="apiKey">The key's name.</param>
/// <param name="publicKey">The key's public half in PEM.</param>
public sealed partial class CoinbaseSimulator(Venue venue, Faults faults, TimeProvider clock, string apiKey, string publicKey)
    : SimulatedExchange(venue, faults, clock)
{
    private const string Root = "/api/v3/brokerage";
    private const string Portfolio = "portfolio-1";
    private readonly CoinbaseToken _token = new(apiKey, publicKey);
    private static readonly JsonSerializerOptions Written = new() { PropertyNamingPolicy = null };

    /// <summary>What the list of orders holds while one that was asked for hides: null is the word for no list.</summary>
    public bool ListsNull { get; set; }

    /// <summary>How long a cancellation waits until it is carried out (CANCEL_QUEUED).</summary>
    public TimeSpan QueuesCancellations { get; set; }

    /// <summary>What the account pays for an order that takes, in percent; null for what the market takes.</summary>
    public decimal? TakerFeePercent { get; set; }

    /// <summary>Whether the key may trade.</summary>
    public bool CanTrade { get; set; } = true;

    /// <summary>Units of the quote currency in a portfolio that is not the key's.</summary>
    public decimal InOtherPortfolio { get; set; }

    /// <summary>A flag of every product that is set, for example cancel_only; null for none.</summary>
    public string? ProductFlag { get; set; }

    /// <summary>The status of every product.</summary>
    public string ProductStatus { get; set; } = "online";

    private Venue? Market(string? product) => Market(rules => $"{rules.Base}-{rules.Quote}" == product);

    private SimOrder? Find(string? id) =>
        Venue.Markets.Select(market => market.Find(order => order.Uuid == id)).FirstOrDefault(order => order is not null);

    /// <summary>The Ed25519 key that signs, in place of the other; null for none.</summary>
    public byte[]? Ed25519Public { get; set; }

    /// <summary>Whether the key may transfer money.</summary>
    public bool KeyTransfers { get; set; }

    /// <summary>Items on a page of a list.</summary>
    public int PageSize { get; set; } = 100;

    protected override object Refusal(int status) => new { error = $"{status}", message = status == 429 ? "Too many requests" : "refused" };

    protected override async Task AnswerAsync(HttpContext context, string body)
    {
        var (method, path) = (context.Request.Method, context.Request.Path.Value ?? "");
        if (path == $"{Root}/time")
        {
            await TellAsync(context, body,
                new { iso = Now, epochSeconds = $"{Now.ToUnixTimeSeconds()}", epochMillis = $"{Now.ToUnixTimeMilliseconds()}" });
            return;
        }
        if (_token.Wrong(context, Now, Ed25519Public) is { } wrong)
        {
            Note(context, body, false);
            await JsonAsync(context, 401, new { error = "unauthorized", message = wrong });
            return;
        }
        var query = QueryHelpers.ParseQuery(context.Request.QueryString.Value)
            .ToDictionary(field => field.Key, field => field.Value.ToString());
        if ((method, path) == ("POST", $"{Root}/orders"))
        {
            await PlaceAsync(context, body);
            return;
        }
        switch (Faults.OfQuestion())
        {
            case SimFault.LostThenCut:
                Note(context, body, false);
                context.Abort();
                return;
            case SimFault.LostThenUnknown or SimFault.Maintenance:
                Note(context, body, false);
                await JsonAsync(context, 503, Refusal(503));
                return;
        }
        var answer = (method, path) switch
        {
            ("GET", $"{Root}/accounts") => TellAsync(context, body, new
            {
                accounts = Venue.Balances.Select(balance => Account(balance.Key, balance.Value - Venue.Locked(balance.Key),
                    Venue.Locked(balance.Key), Portfolio)).Append(Account(Venue.Rules.Quote, InOtherPortfolio, 0, "portfolio-2")),
                has_next = false,
                cursor = "",
            }),
            ("GET", $"{Root}/key_permissions") => TellAsync(context, body, new
            {
                can_view = true,
                can_trade = CanTrade,
                can_transfer = KeyTransfers,
                portfolio_uuid = Portfolio,
                portfolio_type = "DEFAULT"
            }),
            ("GET", $"{Root}/transaction_summary") => TellAsync(context, body, new
            {
                total_fees = 0,
                fee_tier = new
                {
                    pricing_tier = "Advanced 1",
                    taker_fee_rate = ((TakerFeePercent ?? Venue.Rules.FeePercent) / 100).Text(),
                    maker_fee_rate = (Venue.Rules.FeePercent / 200).Text()
                }
            }),
            ("GET", $"{Root}/orders/historical/fills") => TellAsync(context, body, Page(query, "fills", Fills(query))),
            ("GET", $"{Root}/orders/historical/batch") => TellAsync(context, body, Page(query, "orders", Orders(query))),
            ("POST", $"{Root}/orders/batch_cancel") => CancelAsync(context, body),
            ("GET", _) when path.StartsWith($"{Root}/products/", StringComparison.Ordinal)
                && Market(path[(path.LastIndexOf('/') + 1)..]) is { } market => TellAsync(context, body,
                    Product(market, HasStatus(market) ? ProductStatus : "online", ProductFlag)),
            ("GET", _) when path.StartsWith($"{Root}/orders/historical/", StringComparison.Ordinal) =>
                OneAsync(context, body, path[(path.LastIndexOf('/') + 1)..]),
            _ => NotFoundAsync(context, body),
        };
        await answer;
    }

    private Task OneAsync(HttpContext context, string body, string id) =>
        Find(id) is { } order
            ? TellAsync(context, body, new { order = Order(order) }) : NotFoundAsync(context, body);

    private Task NotFoundAsync(HttpContext context, string body)
    {
        Note(context, body, false);
        return JsonAsync(context, 404, new { error = "NOT_FOUND", message = "not found" });
    }

    private Task TellAsync(HttpContext context, string body, object answer)
    {
        Note(context, body, true);
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(JsonSerializer.Serialize(answer, Written));
    }
}
