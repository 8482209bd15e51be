using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;

namespace Trading.Journal.Witnesses;

/// <summary>
/// What a witness signs (C2SP tlog-cosignature, cosignature/v1): that it saw a checkpoint at a time, and that all it had seen of this
/// journal before is the beginning of it.
/// </summary>
public static class Cosignature
{
    /// <summary>Bytes of a cosignature: the time, and the signature.</summary>
    public const int Size = sizeof(ulong) + 64;

    // The end of the year 9999, the last that a time here can have.
    internal const ulong LastSecond = 253_402_300_799;

    /// <summary>Signs a checkpoint as a witness.</summary>
    /// <returns>The line of the signature, without its end.</returns>
    public static string Line(SealKey witness, Checkpoint checkpoint, DateTimeOffset at)
    {
        var seconds = at.ToUnixTimeSeconds();
        var bytes = new byte[sizeof(uint) + sizeof(ulong)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, WitnessKey.Of(witness).Hash);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(sizeof(uint)), seconds);
        return $"{SignedCheckpoint.Dash}{witness.Public.Name} "
            + Convert.ToBase64String([.. bytes, .. witness.Sign(Text(checkpoint, seconds))]);
    }

    internal static byte[] Text(Checkpoint checkpoint, long seconds) => Encoding.UTF8.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"cosignature/v1\ntime {seconds}\n{checkpoint.Text()}"));
}
