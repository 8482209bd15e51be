using System.Globalization;
using System.Text.Json;
using Trading.Core;

namespace Trading.Journal.Events;

/// <summary>The values of an account one by one, by their paths in its JSON.</summary>
internal static class AccountFields
{
    // Names of members that are data themselves: symbols, trades. One that is missing among them is a difference.
    private static readonly HashSet<string> Dictionaries = [];

    static AccountFields() => Collect(typeof(Portfolio), []);

    /// <summary>Every value by its path, for example positions.BTC-USD.quantity.</summary>
    public static Dictionary<string, string> Of(Portfolio account) =>
        Flat(JsonSerializer.SerializeToElement(account, AccountJson.Default.Portfolio), "").ToDictionary(entry => entry.Path, entry =>
            entry.Value);

    /// <summary>Whether JSON lacks a value that an earlier version of its record did not have.</summary>
    public static bool IsLeftOut(JsonElement root, string path)
    {
        var (at, parent) = (root, "");
        foreach (var name in path.Split('.'))
        {
            if (at.ValueKind != JsonValueKind.Object)
                return false;
            if (!at.TryGetProperty(name, out var next))
                return !Dictionaries.Contains(parent);
            (at, parent) = (next, name);
        }
        return false;
    }

    private static IEnumerable<(string Path, string Value)> Flat(JsonElement element, string path) => element.ValueKind switch
    {
        JsonValueKind.Object =>
            element.EnumerateObject().SelectMany(entry => Flat(entry.Value, path.Length > 0 ? $"{path}.{entry.Name}" : entry.Name)),
        JsonValueKind.Number => [(path, element.GetDecimal().ToString("0.############################", CultureInfo.InvariantCulture))],
        _ => [(path, element.ToString())],
    };

    private static void Collect(Type type, HashSet<Type> seen)
    {
        if (type.Assembly != typeof(Portfolio).Assembly || !seen.Add(type))
            return;
        foreach (var property in type.GetProperties())
        {
            var dictionary = property.PropertyType.GetInterfaces().FirstOrDefault(
                implemented => implemented.IsGenericType && implemented.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>));
            if (dictionary is not null)
                Dictionaries.Add(JsonNamingPolicy.CamelCase.ConvertName(property.Name));
            Collect(dictionary?.GetGenericArguments()[1] ?? Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType,
                seen);
        }
    }
}
