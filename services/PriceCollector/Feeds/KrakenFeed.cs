using System.Text.Json;
using Trading.Contracts;
using Trading.Hosting.Stores;

namespace Trading.Services.Feeds;

/// <summary>The last trade on Kraken. Its answer has no time, so the quote has the time of its arrival.</summary>
internal sealed class KrakenFeed(SourceQuestion question) : IPriceFeed
{
    public const string Name = "kraken";
    public const string PublicAddress = "https://api.kraken.com";

    public string Source => Name;

    public async Task<Quote> QuoteAsync(string symbol, CancellationToken cancellation, Action<HttpAnswer>? heard = null)
    {
        var asked = SourceSymbol.Of(symbol);
        return await question.AskAsync(
            $"/0/public/Ticker?pair={asked.KrakenBase}{asked.Quote}",
            (body, arrivedAt) => Parse(body, asked, arrivedAt), heard, cancellation);
    }

    /// <summary>Reads an answer of /0/public/Ticker. Kraken answers every request with 200; errors are in the answer.</summary>
    public static Quote Parse(ReadOnlyMemory<byte> body, SourceSymbol asked, DateTimeOffset arrivedAt) => Answer.Read(body, root =>
    {
        var ticker = Result(root, asked);
        return new Quote(
            Name,
            asked.Quote,
            ticker.Item("c", 0).Price("c[0]"),
            // v and p are volume and mean price, each of today and of the last 24 hours.
            ticker.Item("v", 1).Amount("v[1]") * ticker.Item("p", 1).Amount("p[1]"),
            MarketCapUsd: null,
            Change24hPercent: null,
            arrivedAt);
    });

    /// <summary>What an answer says of a pair.</summary>
    /// <exception cref="PriceFeedException">It is an error, or has no such pair.</exception>
    internal static JsonElement Result(JsonElement root, SourceSymbol asked)
    {
        var errors = root.Member("error");
        if (errors.ValueKind != JsonValueKind.Array)
            throw Answer.Unreadable("error must be a list");
        // What begins with W is a warning beside a result, and no error (Kraken's REST guide: severity E or W).
        foreach (var error in errors.EnumerateArray())
        {
            if (!(error.ValueKind == JsonValueKind.String && error.GetString()!.StartsWith('W')))
                throw Refusal(error);
        }

        return OfPair(root.Member("result"), asked);
    }

    /// <summary>The oldest pairs have their old names in answers: XXBTZUSD for XBTUSD.</summary>
    private static JsonElement OfPair(JsonElement result, SourceSymbol asked)
    {
        string[] names = [$"{asked.KrakenBase}{asked.Quote}", $"X{asked.KrakenBase}Z{asked.Quote}", $"X{asked.KrakenBase}{asked.Quote}"];
        return result.ValueKind == JsonValueKind.Object
            && names.Where(name => result.TryGetProperty(name, out _)).ToList() is [var name]
            ? result.Member(name)
            : throw Answer.Unreadable($"there is no {names[0]} in result");
    }

    private static PriceFeedException Refusal(JsonElement error)
    {
        var text = Answer.Printable(error.ToString());
        var fault = text.StartsWith("EQuery:", StringComparison.Ordinal) ? SourceFault.Symbol
            : text.StartsWith("EService:", StringComparison.Ordinal) ? SourceFault.Passing : SourceFault.Lasting;
        return new(fault, $"refused: {text}");
    }
}

/// <summary>Makes Kraken's prices.</summary>
internal sealed class KrakenMaker : ISourceMaker
{
    public string Name => KrakenFeed.Name;

    public string PublicAddress => KrakenFeed.PublicAddress;

    public IPriceFeed Feed(SourceQuestion question, SourceExtras extras) => new KrakenFeed(question);
}
