using System.Globalization;
using System.Reflection;
using Trading.Contracts;

namespace Trading.Core;

/// <summary>The place of an event in the journal, and its comparison with what its inputs give.</summary>
/// <param name="Sequence">Its place in the journal.</param>
/// <param name="Stream">Its stream.</param>
/// <param name="Version">Its place in the stream.</param>
internal readonly record struct JournalPlace(long Sequence, string Stream, long Version)
{
    public ReplayDifference? HasVersion(object happened, long expected) => Same(happened, "version", Version, expected);

    public ReplayDifference? Same<T>(object happened, string what, T recorded, T again) =>
        EqualityComparer<T>.Default.Equals(recorded, again) ? null : Narrowed(happened, what, recorded, again);

    public ReplayDifference? All<T>(object happened, string what, IReadOnlyList<T> recorded, IReadOnlyList<T> again)
    {
        for (var i = 0; i < Math.Max(recorded.Count, again.Count); i++)
        {
            if (i < recorded.Count && i < again.Count && !EqualityComparer<T>.Default.Equals(recorded[i], again[i]))
                return Narrowed(happened, what, recorded[i], again[i]);
            if (i >= recorded.Count || i >= again.Count)
                return Differs(happened, what, i < recorded.Count ? Text(recorded[i]) : "nothing",
                    i < again.Count ? Text(again[i]) : "nothing");
        }
        return null;
    }

    public ReplayDifference Differs(object happened, string what, string recorded, string again) =>
        new(Sequence, Stream, Version, $"{happened.GetType().Name}: {what}", recorded, again);

    /// <summary>A value as people read it: a check in words, times as ISO 8601 has them.</summary>
    public static string Text<T>(T value) => (object?)value switch
    {
        null => "nothing",
        RiskCheck check => RuleWords.Tell(check),
        DateTimeOffset at => at.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture),
        DateTime at => at.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture),
        DateOnly day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        var other => FormattableString.Invariant($"{other}"),
    };

    // The first member that differs, and not two records of a page each.
    private ReplayDifference Narrowed(object happened, string what, object? recorded, object? again)
    {
        while (recorded is not null && again is not null && recorded.GetType() == again.GetType() && IsRecord(recorded.GetType())
            && recorded is not RiskCheck
            && FirstDifference(recorded, again) is { } member)
            (what, recorded, again) = ($"{what} {member.Name}", member.GetValue(recorded), member.GetValue(again));
        return Differs(happened, what, Text(recorded), Text(again));
    }

    private static bool IsRecord(Type type) =>
        type.Assembly == typeof(JournalPlace).Assembly || type.Assembly == typeof(RiskCheck).Assembly && !type.IsEnum;

    private static PropertyInfo? FirstDifference(object recorded, object again) =>
        Array.Find(recorded.GetType().GetProperties(), property => property.GetIndexParameters().Length == 0
            && !Equals(property.GetValue(recorded), property.GetValue(again))
            && (property.PropertyType == typeof(string) || !property.PropertyType.IsAssignableTo(typeof(System.Collections.IEnumerable))));
}
