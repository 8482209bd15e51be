using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Org.BouncyCastle.Math.EC.Rfc8032;
using static Trading.TestKit.Exchanges.BinanceAnswers;

namespace Trading.TestKit.Exchanges;

// What it answers to who has the key: the account, its orders and its fills.
public sealed partial class BinanceSimulator
{
    private Task SignedAsync(HttpContext context, string sent, string body, Func<Dictionary<string, string>, Task> go)
    {
        var fields = QueryHelpers.ParseQuery(sent).ToDictionary(field => field.Key, field => field.Value.ToString());
        var cut = sent.LastIndexOf("&signature=", StringComparison.Ordinal);
        if (context.Request.Headers["X-MBX-APIKEY"] != apiKey)
            return RefuseAsync(context, body, 401, -2015, "Invalid API-key, IP, or permissions for action.");
        if (cut < 0 || !Signed(sent[..cut], fields["signature"]))
            return RefuseAsync(context, body, 400, -1022, "Signature for this request is not valid.");
        var timestamp = long.Parse(fields["timestamp"], CultureInfo.InvariantCulture);
        var window = fields.TryGetValue("recvWindow", out var given) ? (long)ExchangeNumber.Parse(given) : 5000;
        var now = Now.ToUnixTimeMilliseconds();
        return timestamp >= now + 1000 || now - timestamp > window
            ? RefuseAsync(context, body, 400, -1021, "Timestamp for this request is outside of the recvWindow.")
            : go(fields);
    }

    // Reckoned here once more, and not with the code under test.
    private bool Signed(string sent, string signature)
    {
        var bytes = Encoding.ASCII.GetBytes(sent);
        if (RsaPublic is not null)
            return RsaPublic.VerifyData(bytes, Convert.FromBase64String(signature), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        if (!Ed25519Keys)
            return signature.Equals(Convert.ToHexString(new HMACSHA256(secret).ComputeHash(bytes)), StringComparison.OrdinalIgnoreCase);
        var given = Convert.FromBase64String(signature);
        return given.Length == Ed25519.SignatureSize && Ed25519.Verify(given, 0, secret, 0, bytes, 0, bytes.Length);
    }

    private async Task QuestionAsync(HttpContext context, string body, Dictionary<string, string> fields, string method, string path)
    {
        switch (Faults.OfQuestion())
        {
            case SimFault.LostThenCut:
                Note(context, body, false);
                context.Abort();
                return;
            case SimFault.LostThenUnknown:
                await RefuseAsync(context, body, 500, -1000, "An unknown error occurred while processing the request.");
                return;
            case SimFault.Maintenance:
                await RefuseAsync(context, body, 503, -1001, "Internal error; unable to process your request. Please try again.");
                return;
        }
        var market = fields.TryGetValue("symbol", out var symbol) ? Market(symbol) : null;
        if (symbol is not null && market is null)
        {
            await RefuseAsync(context, body, 400, -1121, "Invalid symbol.");
            return;
        }
        switch (path)
        {
            case "/api/v3/account":
                await TellAsync(context, body, new
                {
                    canTrade = true,
                    accountType = "SPOT",
                    balances = Venue.Balances.Select(balance => new
                    {
                        asset = balance.Key,
                        free = (balance.Value - Venue.Locked(balance.Key)).Text(),
                        locked = Venue.Locked(balance.Key).Text()
                    }),
                });
                return;
            case "/api/v3/openOrders":
                await TellAsync(context, body, (market is null ? Venue.Markets : [market]).SelectMany(one => one.Orders)
                    .Where(order => order.Open && !order.Venue.IsHidden(order)).Select(order => Order(order, placed: false)));
                return;
            case "/api/v3/account/commission":
                await TellAsync(context, body, Commission(market!, SpecialFeePercent));
                return;
            case "/api/v3/myFilters":
                await TellAsync(context, body, new
                {
                    exchangeFilters = Array.Empty<object>(),
                    symbolFilters = Array.Empty<object>(),
                    assetFilters = MaxAsset is var (asset, most)
                        ? new[] { new { filterType = "MAX_ASSET", asset, limit = most.Text() } } : [],
                });
                return;
            case "/api/v3/myTrades":
                // General information: more than a day between both times is refused (-1127).
                if (fields.TryGetValue("startTime", out var begin) && fields.TryGetValue("endTime", out var end)
                    && ExchangeNumber.Parse(end) - ExchangeNumber.Parse(begin) > 86_400_000)
                    await RefuseAsync(context, body, 400, -1127, "More than 24 hours between startTime and endTime.");
                else
                    await TellAsync(context, body, Trades(market!, fields));
                return;
        }
        if (method == "DELETE")
            BeforeCancel?.Invoke();
        var order = market!.Find(candidate => fields.TryGetValue("orderId", out var id)
            ? $"{candidate.Id}" == id : candidate.ClientId == fields.GetValueOrDefault("origClientOrderId"));
        if (method == "GET")
            await (order is null
                ? RefuseAsync(context, body, 400, -2013, "Order does not exist.") : TellAsync(context, body, Order(order, placed: false)));
        else if (order is null || market.Cancel(order) is null)
            await RefuseAsync(context, body, 400, -2011, "Unknown order sent.");
        else if (LostAfterCancel)
            await LoseAsync(context, body);
        else
            await TellAsync(context, body, Order(order, placed: false, cancelled: true));
    }
}
