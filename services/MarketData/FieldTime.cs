using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Trading.MarketData;

/// <summary>How instants are written in a column, and the instant of a field; UTC unless the field has an offset.</summary>
internal sealed class FieldTime
{
    private const long FirstSecond = 946_684_800, EndSecond = 4_102_444_800;

    private static readonly string[] YearFirst =
    [
        "yyyy-M-d H:m:s.FFFFFFF", "yyyy-M-d H:m", "yyyy-M-d", "yyyy-M-d'T'H:m:s.FFFFFFF", "yyyy-M-d'T'H:m", "yyyy/M/d H:m:s.FFFFFFF",
        "yyyy/M/d H:m", "yyyy/M/d", "yyyyMMdd", "yyyyMMdd HHmmss", "yyyyMMdd HH:mm:ss", "yyyyMMdd HH:mm", "yyyyMMdd'T'HHmmss",
        "yyyy.M.d H:m:s", "yyyy.M.d H:m", "yyyy.M.d", "yyyy-MM-dd hh-tt", "yyyy-M-d H:m:s.FFFFFFFzzz", "yyyy-M-d'T'H:m:s.FFFFFFFzzz",
        "yyyy-M-d H:m:s 'UTC'", "MMM d, yyyy", "MMM dd, yyyy H:m", "d MMM yyyy", "d-MMM-yyyy", "dd MMM yyyy HH:mm:ss",
    ];

    private static readonly string[] DayFirst = ["d/M/yyyy", "d/M/yyyy H:m", "d/M/yyyy H:m:s", "d-M-yyyy", "d-M-yyyy H:m", "d-M-yyyy H:m:s",
        "d.M.yyyy", "d.M.yyyy H:m", "d.M.yyyy H:m:s", "d.M.yyyy H:m:s.FFF"];

    private static readonly string[] MonthFirst =
        ["M/d/yyyy", "M/d/yyyy H:m", "M/d/yyyy H:m:s", "M-d-yyyy", "M-d-yyyy H:m", "M-d-yyyy H:m:s", "M/d/yyyy h:m:s tt",
            "M/d/yyyy h:m tt"];

    private readonly long _perSecond;
    private readonly string[] _formats;

    private FieldTime(string unit, long perSecond, string[] formats) => (Unit, _perSecond, _formats) = (unit, perSecond, formats);

    /// <summary>What it is, in words.</summary>
    public string Unit { get; }

    /// <summary>How many of its numbers are a second; 0 where instants are dates.</summary>
    public long PerSecond => _perSecond;

    /// <summary>Finds how the instants of a column are written; null where its fields are none.</summary>
    /// <param name="fields">Fields from all over the column.</param>
    /// <param name="said">What the user says: s, ms, us, ns, dmy, mdy or ymd; null for nothing.</param>
    /// <param name="unclear">Why it is not known, where the fields are instants in more than one way.</param>
    public static FieldTime? Find(IReadOnlyList<string> fields, string? said, out string? unclear)
    {
        unclear = null;
        fields = [.. fields.Where(field => field.Length > 0)];
        if (fields.Count == 0)
            return null;
        if (said is "s" or "ms" or "us" or "ns")
            return Numbers(said);
        if (said is null && fields.All(field => double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out _)))
        {
            var values = fields.Select(field => double.Parse(field, NumberStyles.Float, CultureInfo.InvariantCulture)).Order().ToList();
            // One unit for all of them; the middle one says which, and the others must be of it.
            foreach (var unit in (string[])["s", "ms", "us", "ns"])
            {
                var numbers = Numbers(unit);
                if (Plausible(values[values.Count / 2] / numbers._perSecond))
                    return values.Count(value => Plausible(value / numbers._perSecond)) * 10 >= values.Count * 9 ? numbers : null;
            }
            if (!fields.All(field => field.Length == 8))
                return null;
        }
        var kinds = new List<FieldTime>();
        foreach (var (name, formats) in (ReadOnlySpan<(string, string[])>)[("ymd", YearFirst), ("dmy", DayFirst), ("mdy", MonthFirst)])
        {
            if (said is not null && said != name)
                continue;
            var fitting = formats.Where(format => fields.Any(field => Parse(field, [format]) is not null)).ToArray();
            if (fitting.Length > 0 && fields.Count(field => Parse(field, fitting) is not null) * 10 >= fields.Count * 9)
                kinds.Add(new(name, 0, fitting));
        }
        var whole = kinds.Where(kind => fields.All(field => Parse(field, kind._formats) is not null)).ToList();
        var best = whole.Count > 0 ? whole : kinds;
        if (best.Count > 1)
        {
            unclear = $"dates like {fields[0]} may have the day or the month first (--time-unit dmy or mdy)";
            return null;
        }
        return best.Count == 1 ? best[0] : null;
    }

    /// <summary>The instant of a field, in seconds since 1970, with the part of a second; false where it is none.</summary>
    public bool TryRead(ReadOnlySpan<byte> field, out long seconds, out bool whole)
    {
        (seconds, whole) = (0, true);
        if (_perSecond > 0)
            return TryNumber(field, out seconds, out whole);
        if (Unit == "ymd" && IsoTime.TryRead(field, out seconds))
            return seconds is >= FirstSecond and < EndSecond;
        if (Parse(Encoding.UTF8.GetString(field), _formats) is not { } at)
            return false;
        (seconds, whole) = (at.ToUnixTimeSeconds(), at.Ticks % TimeSpan.TicksPerSecond == 0);
        return seconds is >= FirstSecond and < EndSecond;
    }

    private bool TryNumber(ReadOnlySpan<byte> field, out long seconds, out bool whole)
    {
        (seconds, whole) = (0, true);
        if (Utf8Parser.TryParse(field, out long number, out var length) && length == field.Length)
        {
            seconds = Math.DivRem(number, _perSecond, out var rest);
            whole = rest == 0;
        }
        else if (Utf8Parser.TryParse(field, out double value, out length) && length == field.Length && Math.Abs(value) < 1e20)
        {
            seconds = (long)Math.Floor(value / _perSecond);
            whole = seconds * (double)_perSecond == value;
        }
        else
            return false;
        return seconds is >= FirstSecond and < EndSecond;
    }

    private static FieldTime Numbers(string unit) =>
        new(unit, unit switch { "s" => 1, "ms" => 1000, "us" => 1_000_000, _ => 1_000_000_000 }, []);

    private static bool Plausible(double seconds) => seconds is >= FirstSecond and < EndSecond;

    private static DateTimeOffset? Parse(string field, string[] formats) =>
        DateTimeOffset.TryParseExact(field.EndsWith('Z') ? field[..^1] : field, formats, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal | DateTimeStyles.AllowWhiteSpaces, out var at) ? at : null;
}
