using System.Buffers;
using System.Buffers.Text;
using System.IO.Compression;
using System.Text;

namespace Trading.Journal.Events;

/// <summary>
/// The text of an event's JSON, packed: deflate behind a dictionary that holds what such texts have in common, for most of a text are names
/// that PostgreSQL, which compresses each row by itself, would store again in each. docs/audit-format.md describes it; what is stored rests
/// on it, so the dictionary never changes: another one gets another name.
/// </summary>
internal static class PackedText
{
    /// <summary>The one property of data that is packed.</summary>
    public const string Property = "deflate";

    // No event is nearly as long; what was made to be endless is not read.
    private const int Longest = 1 << 22;

    // What is rare stands first, the usual last: what is nearer takes fewer bits.
    private const string Common = """
        "target": {"share": 0.5, "chanceUp": 0.5, "lookbacks": [{"days": 30, "return": 0.0}], "trendShare": 0.5, "volatilityDays": 30,
        "volatilityPercent": 4, "volatilityTargetPercent": 4}, "provenance": {"rawText": null, "modelId": "", "attempts": 1,
        "inputTokens": null, "outputTokens": null, "promptSha256": null, "latencyMilliseconds": "between": [{"price": 6, "unixSeconds":
        17}, "lost": "worse than no change over 700 predictions: mean skill -0.0, 48 % came true"}, {"lost": null, "model": "technical",
        "scored": 1, "weight": 1}], "OtherCurrency" "FromTheFuture" "Implausible" "SourceHeardTwice" "Stale" "Outlier" "Sell" "Limit"
        "Stop" "Market" "Down" "Stable" "missing": [{"reason": "time-out after 10 s", "source": "coingecko"}], "model": "bedrock",
        "abstained": "time-out after 30 s", "direction": null, "confidence": null, "predictedPrice": null}, "coinmarketcap" "bitstamp"
        "ETH-USD" "SOL-USD" "EUR" {"tradeId": "", "prediction": {"price": {"price": 60000.5, "rules": {"quorum": 2, "currencies":
        ["USD", "USDT"], "maxAgeSeconds": 180, "maxDeviationPercent": 1}, "quotes": [{"quote": {"price": 60000.5, "source": "binance",
        "currency": "USDT", "quotedAt": "2027-01-01T00:00:00+00:00", "marketCapUsd": null, "volume24hUsd": null, "change24hPercent":
        null}, "leftOut": null}, {"quote": {"price": 60000.5, "source": "coinbase", "currency": "USD", "quotedAt":
        "2026-01-01T00:00:00+00:00", "marketCapUsd": null, "volume24hUsd": null, "change24hPercent": null}, "leftOut": null}, {"quote":
        {"price": 60000.5, "source": "coingecko", "currency": "USD", "quotedAt": "2026-01-01T00:00:00+00:00", "marketCapUsd": null,
        "volume24hUsd": null, "change24hPercent": null}, "leftOut": null}, {"quote": {"price": 60000.5, "source": "kraken", "currency":
        "USD", "quotedAt": "2026-01-01T00:00:00+00:00", "marketCapUsd": null, "volume24hUsd": null, "change24hPercent": null},
        "leftOut": null}], "symbol": "BTC-USD", "missing": [], "priceId": "", "simulated": false, "observedAt":
        "2026-01-01T00:00:00+00:00", "marketCapUsd": null, "volume24hUsd": null, "intervalStart": "2026-01-01T00:00:00+00:00",
        "intervalSeconds": 60, "quoteCurrencies": "USD,USDT", "change24hPercent": null}, "madeAt": "2026-01-01T00:00:00+00:00",
        "models": [{"model": "technical", "abstained": null, "direction": "Up", "confidence": 0.5, "predictedPrice": 60000.5}],
        "window": {"count": 311, "sma20": 60000.5, "sma50": 60000.5, "digest": "", "ruleHits": 100, "momentum10": 0.000, "volatility":
        0.000, "ruleSignals": 100}, "weights": null, "ensemble": {"agreement": 1, "direction": "Up", "confidence": 0.5,
        "modelsAnswered": 1, "predictedPrice": 60000.5, "predictedMovePercent": 0.0}, "strategy": {"name": "trend", "type": "Limit",
        "price": 60000.5, "action": "Buy", "confidence": 0}, "strategy": {"name": "trend", "action": "Hold", "confidence": 0},
        "expiresAt": "2026-01-01T00:00:00+00:00", "predictionId": "", "horizonSeconds": 3600}}
        """;

    private static readonly byte[] Dictionary = Encoding.UTF8.GetBytes(Common.ReplaceLineEndings(" "));

    // The dictionary as deflate's block of bytes that are not compressed: what follows may refer to them.
    private static readonly byte[] Block =
    [
        0, .. BitConverter.GetBytes((ushort)Dictionary.Length), .. BitConverter.GetBytes((ushort)(ushort.MaxValue - Dictionary.Length)),
        .. Dictionary,
    ];

    /// <summary>Packs a text.</summary>
    /// <returns>What stands behind <see cref="Property"/>.</returns>
    public static string Pack(ReadOnlySpan<byte> json)
    {
        using var packed = new MemoryStream(json.Length + Dictionary.Length);
        long begin;
        using (var deflate = new DeflateStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            // Readers have the dictionary: what is made of it is not kept.
            deflate.Write(Dictionary);
            deflate.Flush();
            begin = packed.Length;
            deflate.Write(json);
        }
        return Convert.ToBase64String(packed.GetBuffer(), (int)begin, (int)(packed.Length - begin));
    }

    /// <summary>The text in data, as PostgreSQL writes it; null where nothing that can be read is packed there.</summary>
    public static byte[]? Open(ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<byte> begin = "{\"deflate\": \""u8, end = "\"}"u8;
        return data.StartsWith(begin) && data.EndsWith(end) ? Unpack(data[begin.Length..^end.Length]) : null;
    }

    /// <summary>The text that was packed; null where it cannot be read.</summary>
    /// <param name="base64">What stands behind <see cref="Property"/>.</param>
    public static byte[]? Unpack(ReadOnlySpan<byte> base64)
    {
        var packed = ArrayPool<byte>.Shared.Rent(Block.Length + Base64.GetMaxDecodedFromUtf8Length(base64.Length));
        var text = ArrayPool<byte>.Shared.Rent(4 * Dictionary.Length);
        try
        {
            Block.CopyTo(packed, 0);
            if (Base64.DecodeFromUtf8(base64, packed.AsSpan(Block.Length), out _, out var written) != OperationStatus.Done)
                return null;
            using var inflate = new DeflateStream(new MemoryStream(packed, 0, Block.Length + written), CompressionMode.Decompress);
            var length = 0;
            while (inflate.Read(text, length, text.Length - length) is > 0 and var read)
            {
                length += read;
                if (length > Longest)
                    return null;
                if (length == text.Length)
                {
                    var longer = ArrayPool<byte>.Shared.Rent(2 * length);
                    text.CopyTo(longer, 0);
                    ArrayPool<byte>.Shared.Return(text);
                    text = longer;
                }
            }
            return length < Dictionary.Length ? null : text[Dictionary.Length..length];
        }
        catch (InvalidDataException)
        {
            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(packed);
            ArrayPool<byte>.Shared.Return(text);
        }
    }
}
