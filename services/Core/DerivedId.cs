using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Trading.Contracts;

namespace Trading.Core;

/// <summary>
/// Ids that derive from their cause (UUID version 5, RFC 9562 section 5.5), so that doing something twice gives the same id twice: a
/// redelivered message, a second replica or a restart can never make a second trade.
/// </summary>
public static class DerivedId
{
    /// <summary>The name space of all ids of this system. Changing it would make every known id unknown.</summary>
    private static readonly Guid System = new("6f0c7a52-6f57-5b1c-9d0e-4f9b3c2a7d11");

    /// <summary>The id of the price of a symbol at the start of an interval.</summary>
    public static Guid Price(string symbol, int intervalSeconds, DateTimeOffset intervalStart) =>
        Create(System,
            string.Create(CultureInfo.InvariantCulture, $"price/{symbol}/{intervalSeconds}/{intervalStart.ToUnixTimeSeconds()}"));

    /// <summary>The id of the prediction that a price causes.</summary>
    public static Guid Prediction(Guid priceId) => Create(priceId, "prediction");

    /// <summary>The id of the trade that a prediction causes.</summary>
    public static Guid Trade(Guid predictionId) => Create(predictionId, "trade");

    /// <summary>The id of the exit that a price causes, without a prediction; at most one at a price for each reason.</summary>
    public static Guid Exit(Guid priceId, ExitReason reason) => Create(priceId, $"exit/{reason}");

    /// <summary>The id of the trade that sets a stop below a position at a price; at most one at a price.</summary>
    public static Guid Stop(Guid priceId) => Create(priceId, "stop");

    /// <summary>The id of the message that a price was checked for exits and none is due.</summary>
    public static Guid Watched(Guid priceId) => Create(priceId, "watched");

    /// <summary>The id of the message of a kind that a thing causes; at most one of each kind.</summary>
    public static Guid Message(Guid cause, string kind) => Create(cause, $"message/{kind}");

    /// <summary>The client order id of a trade: 34 characters, allowed by Binance (36 at most) and Coinbase.</summary>
    public static string ClientOrderId(Guid tradeId) => $"t-{tradeId:N}";

    /// <summary>
    /// The client order id of the sale that takes the place of a trade's stop which the exchange took and could not keep; it has the length
    /// of the first.
    /// </summary>
    public static string ReplacementOrderId(Guid tradeId) => $"r-{tradeId:N}";

    /// <summary>A client order id without its prefix for the kind of order; any other text as it is.</summary>
    public static string WithoutOrderKind(string clientOrderId) =>
        clientOrderId.StartsWith("t-", StringComparison.Ordinal) || clientOrderId.StartsWith("r-", StringComparison.Ordinal)
            ? clientOrderId[2..] : clientOrderId;

    /// <summary>UUID version 5 of a name in a name space.</summary>
    [SuppressMessage("Security", "CA5350", Justification = "RFC 9562 fixes SHA-1 for version 5; the id is a name, not a proof.")]
    public static Guid Create(Guid nameSpace, string name)
    {
        var length = Encoding.UTF8.GetByteCount(name);
        Span<byte> input = length <= 256 ? stackalloc byte[16 + length] : new byte[16 + length];
        nameSpace.TryWriteBytes(input, bigEndian: true, out _);
        Encoding.UTF8.GetBytes(name, input[16..]);

        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
        SHA1.HashData(input, hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x50);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }
}
