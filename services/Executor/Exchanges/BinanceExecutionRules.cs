using System.Collections.Concurrent;
using System.Text.Json;
using Trading.Contracts;

namespace Trading.Services.Exchanges;

/// <summary>
/// What Binance applies to orders beside the filters of exchangeInfo: the price range that executions stay in
/// (price_range_execution_rules.md), the reference price that filters go by where there is one (filters.md), and self-trade prevention
/// (stp_faq.md).
/// </summary>
internal sealed class BinanceExecutionRules(BinanceRest rest, TimeProvider clock)
{
    private const int NoReferencePrice = -2043;
    private static readonly TimeSpan NoneFor = TimeSpan.FromMinutes(15);

    private readonly ConcurrentDictionary<string, JsonElement> _ranges = new();
    private readonly ConcurrentDictionary<string, IReadOnlyList<string>> _preventions = new();
    private readonly ConcurrentDictionary<string, Deadline> _without = new();

    /// <summary>Asks for the rules of symbols; without an answer the last known ones hold.</summary>
    public async Task AskAsync(string symbols, CancellationToken cancellation)
    {
        var reply = await rest.PublicAsync("/api/v3/executionRules", symbols, cancellation);
        foreach (var rule in reply.IsGood ? reply.Body.Items("symbolRules") : [])
        {
            if (rule.Text("symbol") is { } symbol)
                _ranges[symbol] = rule;
        }
    }

    /// <summary>The rules of a symbol; undefined where none are known.</summary>
    public JsonElement Of(string symbol) => _ranges.GetValueOrDefault(symbol);

    /// <summary>Notes the modes of self-trade prevention that a symbol of exchangeInfo allows.</summary>
    public void Note(JsonElement product) => _preventions[product.Needed("symbol")] =
        [.. product.Items("allowedSelfTradePreventionModes").Select(mode => mode.GetString() ?? "")];

    /// <summary>
    /// The mode for an order, where the symbol allows it: a sale goes through and the own buy in its way expires; a buy gives way to an
    /// own sale, which may be a stop. Null leaves it to the symbol's default.
    /// </summary>
    public string? PreventionOf(string symbol, TradeAction side)
    {
        var wanted = side == TradeAction.Sell ? "EXPIRE_MAKER" : "EXPIRE_TAKER";
        return _preventions.TryGetValue(symbol, out var allowed) && allowed.Contains(wanted) ? wanted : null;
    }

    /// <summary>The reference price of a symbol; null where it has none, or none is told.</summary>
    public async Task<decimal?> ReferencePriceAsync(string symbol, CancellationToken cancellation)
    {
        if (_without.TryGetValue(symbol, out var until) && until.IsAhead)
            return null;
        var reply = await rest.PublicAsync("/api/v3/referencePrice", $"symbol={symbol}", cancellation);
        if (reply.IsGood && reply.Body.Text("referencePrice") is not null)
            return BinanceAnswers.Read(reply, body => body.NeededNumber("referencePrice")) is { IsDone: true, Value: > 0 and var price }
                ? price : null;
        if (reply.IsGood || reply.Body.Code() == NoReferencePrice || reply.Status == 404)
            _without[symbol] = new(clock, NoneFor);
        return null;
    }
}
