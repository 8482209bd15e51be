using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Trading.Core;

/// <summary>
/// Prices of a day that came from elsewhere than the system's own sources, stream <see cref="AuditLeaf.PriceStream"/>: a digest of them
/// under the seal, so that they are the same for ever. A later one for the same day and source takes its place.
/// </summary>
/// <param name="Symbol">The symbol.</param>
/// <param name="IntervalSeconds">Seconds from one price to the next.</param>
/// <param name="Day">The UTC day.</param>
/// <param name="Source">Where they came from, the only one of their sources.</param>
/// <param name="ToUnixSeconds">The last of them; later ones of the day are not meant.</param>
/// <param name="Count">How many.</param>
/// <param name="Sha256">
/// SHA-256 in small hexadecimal digits over a line for each, oldest first: start of its interval in seconds since 1970, a space, the price
/// without zeros at its end, a line feed.
/// </param>
/// <param name="At">When they were committed to (UTC).</param>
public sealed record PricesCommitted(
    string Symbol, int IntervalSeconds, DateOnly Day, string Source, long ToUnixSeconds, int Count, string Sha256, DateTimeOffset At)
    : IAuditEvent
{
    /// <summary>The digest of prices.</summary>
    public static string Digest(IEnumerable<PricePoint> prices)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (at, price) in prices)
            hash.AppendData(Encoding.ASCII.GetBytes(string.Create(
                CultureInfo.InvariantCulture, $"{at} {price:0.############################}\n")));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
