using System.Globalization;

namespace Trading.TestKit.Exchanges;

/// <summary>Products, accounts, orders and fills in the words of Coinbase.</summary>
internal static class CoinbaseAnswers
{
    internal static string ProductOf(Venue market) => $"{market.Rules.Base}-{market.Rules.Quote}";

    internal static object Product(Venue market, string status, string? flag) => new
    {
        product_id = ProductOf(market),
        base_currency_id = market.Rules.Base,
        quote_currency_id = market.Rules.Quote,
        base_increment = market.Rules.Lot.Text(),
        quote_increment = market.Rules.Tick.Text(),
        price_increment = market.Rules.Tick.Text(),
        base_min_size = market.Rules.Lot.Text(),
        base_max_size = "3400",
        quote_min_size = market.Rules.LeastNotional.Text(),
        quote_max_size = "150000000",
        price = market.Price.Text(),
        status,
        trading_disabled = flag == "trading_disabled",
        is_disabled = flag == "is_disabled",
        cancel_only = flag == "cancel_only",
        limit_only = flag == "limit_only",
        post_only = flag == "post_only",
        auction_mode = flag == "auction_mode",
        view_only = flag == "view_only",
    };

    internal static object Order(SimOrder order)
    {
        var limit = order.Limit?.Text();
        object terms = order.Kind switch
        {
            SimKind.Market => new { market_market_ioc = new { base_size = order.Quantity.Text() } },
            SimKind.LimitIoc => new { sor_limit_ioc = new { base_size = order.Quantity.Text(), limit_price = limit } },
            SimKind.StopLimit => new
            {
                stop_limit_stop_limit_gtc = new { base_size = order.Quantity.Text(), limit_price = limit, stop_price = order.Stop?.Text() }
            },
            _ => new
            {
                limit_limit_gtc = new { base_size = order.Quantity.Text(), limit_price = limit, post_only = order.Kind == SimKind.PostOnly }
            },
        };
        return new
        {
            order_id = order.Uuid,
            product_id = ProductOf(order.Venue),
            order_configuration = terms,
            side = order.Buys ? "BUY" : "SELL",
            client_order_id = order.ClientId,
            status = order.Status switch
            {
                SimStatus.Filled => "FILLED",
                SimStatus.Canceled => "CANCELLED",
                SimStatus.Expired => "CANCELLED",
                SimStatus.Rejected => "FAILED",
                _ => "OPEN",
            },
            created_time = Time(order.At),
            filled_size = order.Filled.Text(),
            average_filled_price = (order.Filled == 0 ? 0 : order.Value / order.Filled).Text(),
            number_of_fills = $"{order.Fills.Count}",
            total_fees = order.Fills.Sum(fill => fill.Fee).Text(),
            reject_message = "",
            cancel_message = "",
            last_fill_time = order.Fills.Count == 0 ? null : Time(order.Fills[^1].At),
        };
    }

    internal static object Fill(SimFill fill, SimOrder order) => new
    {
        entry_id = $"e-{fill.TradeId}",
        trade_id = $"{fill.TradeId}",
        order_id = order.Uuid,
        trade_time = Time(fill.At),
        trade_type = "FILL",
        price = fill.Price.Text(),
        size = fill.Quantity.Text(),
        commission = fill.Fee.Text(),
        product_id = ProductOf(order.Venue),
        size_in_quote = false,
        side = fill.Buys ? "BUY" : "SELL",
        liquidity_indicator = fill.Maker ? "MAKER" : "TAKER",
    };

    internal static object Account(string currency, decimal free, decimal held, string portfolio) => new
    {
        uuid = $"{currency}-{portfolio}",
        currency,
        available_balance = Amount(free, currency),
        hold = Amount(held, currency),
        retail_portfolio_id = portfolio,
    };

    private static object Amount(decimal value, string currency) => new { value = value.Text(), currency };

    internal static string Time(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
