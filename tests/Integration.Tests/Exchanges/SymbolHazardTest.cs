using Trading.TestKit.Exchanges;
using Xunit;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>Symbols that an exchange halts or ends, and the orders that are sent to it meanwhile.</summary>
public abstract class SymbolHazardTest
{
    // Rules are asked for again after a quarter of an hour.
    private protected static readonly TimeSpan RulesAreOld = TimeSpan.FromMinutes(16);

    public static TheoryData<string> Both => ["binance", "coinbase"];

    private protected static void Halt(ExchangeSystem system, bool halted)
    {
        if (system.Simulator is BinanceSimulator binance)
            binance.SymbolStatus = halted ? system.Simulator.StatusOf is null ? "HALT" : "BREAK" : "TRADING";
        else
            ((CoinbaseSimulator)system.Simulator).ProductStatus = halted ? "delisted" : "online";
    }

    private protected static int Sent(ExchangeSystem system) => system.Simulator.Requests.Count(
        request => request.Method == "POST" && request.Path.Contains("order", StringComparison.Ordinal));
}
