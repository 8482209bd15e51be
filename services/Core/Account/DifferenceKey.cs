namespace Trading.Core;

/// <summary>Keys of differences between exchange and journal: their kind, a slash, and what differs. They are recorded.</summary>
public static class DifferenceKey
{
    private const string Order = "order/", Fill = "fill/", Balance = "balance/", Doubt = "doubt/";

    /// <summary>An open order that is not the account's: order/ and the exchange's id.</summary>
    public static string OfOrder(string exchangeOrderId) => $"{Order}{exchangeOrderId}";

    /// <summary>A fill that the journal does not hold: fill/, the symbol, and the exchange's id of the fill.</summary>
    public static string OfFill(string symbol, string exchangeTradeId) => $"{Fill}{symbol}/{exchangeTradeId}";

    /// <summary>A balance that differs: balance/ and the asset as the exchange calls it.</summary>
    public static string OfBalance(string asset) => $"{Balance}{asset}";

    /// <summary>What cannot be true of a trade's order: doubt/ and the trade.</summary>
    public static string OfDoubt(Guid tradeId) => $"{Doubt}{tradeId}";

    /// <summary>order, fill, balance or doubt.</summary>
    public static string Kind(string key) => key.Split('/')[0];

    /// <summary>Whether it is a fill.</summary>
    public static bool IsFill(string key) => key.StartsWith(Fill, StringComparison.Ordinal);

    /// <summary>Whether it is a fill of a symbol.</summary>
    public static bool IsFillOf(string key, string symbol) => key.StartsWith($"{Fill}{symbol}/", StringComparison.Ordinal);

    /// <summary>Whether it is a doubt.</summary>
    public static bool IsDoubt(string key) => key.StartsWith(Doubt, StringComparison.Ordinal);

    /// <summary>The exchange's id of an order; null for another kind.</summary>
    public static string? OrderId(string key) => After(Order, key);

    /// <summary>The asset of a balance; null for another kind.</summary>
    public static string? Asset(string key) => After(Balance, key);

    private static string? After(string kind, string key) => key.StartsWith(kind, StringComparison.Ordinal) ? key[kind.Length..] : null;
}
