using Trading.Hosting.Settings;

namespace Trading.Hosting.Control;

/// <summary>The names of an operator's actions, as commands, pages and chats write them: halt, write-off.</summary>
public static class OperatorActions
{
    private static readonly Dictionary<string, OperatorAction> ByName = Enum.GetValues<OperatorAction>()
        .ToDictionary(action => DashedName.Of(action), StringComparer.OrdinalIgnoreCase);

    /// <summary>All names.</summary>
    public static IReadOnlyCollection<string> Names => ByName.Keys;

    /// <summary>The action with a name; null when there is none.</summary>
    public static OperatorAction? Named(string name) => ByName.TryGetValue(name, out var action) ? action : null;
}
