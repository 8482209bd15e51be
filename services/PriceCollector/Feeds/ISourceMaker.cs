using Trading.Hosting.Settings;

namespace Trading.Services.Feeds;

/// <summary>
/// Makes a live source of prices. A new source is one new file here, with its maker, and one line in
/// <see cref="TradingSettings.KnownSources"/>.
/// </summary>
internal interface ISourceMaker : INamed
{
    /// <summary>Where the source is.</summary>
    string PublicAddress { get; }

    /// <summary>Makes the source of current prices.</summary>
    /// <param name="question">Queries the source.</param>
    /// <param name="extras">What only some sources use.</param>
    IPriceFeed Feed(SourceQuestion question, SourceExtras extras);

    /// <summary>Makes the source of past prices; null when it has none.</summary>
    IExchangeCandles? Candles(SourceQuestion question) => null;
}

/// <summary>What only some sources use.</summary>
/// <param name="CoinGeckoApiKey">The key for CoinGecko; null for none. A secret.</param>
/// <param name="DataFolder">Where a source may keep what it looked up; null for nowhere.</param>
internal sealed record SourceExtras(string? CoinGeckoApiKey, string? DataFolder);
