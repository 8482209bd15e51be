namespace Trading.Hosting.Settings;

/// <summary>
/// The settings by topic, in the order of docs/settings.md: the program carries that page, and a test holds it to the settings.
/// </summary>
public static class SettingTopics
{
    private const string Page = "settings.md";
    private const string Head = "| key | `local` | meaning |";

    private static readonly Lazy<Dictionary<string, (string Topic, int Place)>> Places = new(Read);

    /// <summary>The topic of a setting, for example Prices.</summary>
    public static string Of(string setting) => Places.Value[setting].Topic;

    /// <summary>Where a setting stands among all of them.</summary>
    public static int PlaceOf(string setting) => Places.Value[setting].Place;

    private static Dictionary<string, (string Topic, int Place)> Read()
    {
        var places = new Dictionary<string, (string, int)>();
        var (topic, listed) = ("", false);
        using var page = new StreamReader(typeof(SettingTopics).Assembly.GetManifestResourceStream(Page)!);
        while (page.ReadLine() is { } line)
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
                topic = line[3..];
            // Other tables of the page have other heads.
            listed = line == Head || (listed && line.StartsWith('|'));
            if (listed && line != Head && line.Split('|', StringSplitOptions.TrimEntries)[1] is var name && name[0] != '-')
                places[name] = (topic, places.Count);
        }
        return places;
    }
}
