namespace Trading.MarketData;

/// <summary>Instants as yyyy-MM-dd, alone or with HH:mm or HH:mm:ss: what most files have, read without text.</summary>
internal static class IsoTime
{
    /// <summary>The seconds since 1970 of a field; false where it is written in another way.</summary>
    public static bool TryRead(ReadOnlySpan<byte> field, out long seconds)
    {
        seconds = 0;
        if (field.Length is not (10 or 16 or 19) || field[4] != (byte)'-' || field[7] != (byte)'-'
            || !Two(field, 0, out var century) || !Two(field, 2, out var year) || !Two(field, 5, out var month)
            || !Two(field, 8, out var day)
            || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(century * 100 + year, month))
        {
            return false;
        }
        var (hour, minute, second) = (0, 0, 0);
        if (field.Length > 10 && (field[10] is not ((byte)' ' or (byte)'T') || field[13] != (byte)':' || !Two(field, 11, out hour)
            || !Two(field, 14, out minute) || hour > 23 || minute > 59))
        {
            return false;
        }
        if (field.Length > 16 && (field[16] != (byte)':' || !Two(field, 17, out second) || second > 59))
            return false;
        seconds = new DateTimeOffset(century * 100 + year, month, day, hour, minute, second, TimeSpan.Zero).ToUnixTimeSeconds();
        return true;
    }

    private static bool Two(ReadOnlySpan<byte> field, int at, out int value)
    {
        var (tens, ones) = (field[at] - '0', field[at + 1] - '0');
        value = tens * 10 + ones;
        return tens is >= 0 and <= 9 && ones is >= 0 and <= 9;
    }
}
