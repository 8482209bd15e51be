using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Trading.Infra.Tests;

/// <summary>
/// What a role may do, told from the templates as IAM would tell it: a statement that allows action and resource, and whose conditions hold
/// for the request.
/// </summary>
public sealed class Rights
{
    private readonly Dictionary<string, List<JsonObject>> _statements = [];

    public Rights(Synthesized deployment)
    {
        foreach (var (_, _, role) in deployment.All("AWS::IAM::Role"))
        {
            if (role["RoleName"]?.GetValue<string>() is not { } name)
                continue;
            _statements[name] = [.. (role["Policies"]?.AsArray() ?? [])
                .SelectMany(policy => policy!["PolicyDocument"]!["Statement"]!.AsArray()).Select(one => one!.AsObject())];
        }
    }

    /// <summary>Statements of a role.</summary>
    public IReadOnlyList<JsonObject> Of(string role) => _statements[role];

    /// <summary>Roles that are known.</summary>
    public IEnumerable<string> Roles => _statements.Keys;

    /// <summary>Whether a role may do something.</summary>
    /// <param name="role">The role.</param>
    /// <param name="action">Like sqs:ReceiveMessage.</param>
    /// <param name="resource">ARN.</param>
    /// <param name="request">Values of condition keys in the request.</param>
    public bool May(string role, string action, string resource, params (string Key, string Value)[] request) =>
        _statements[role].Any(statement =>
        Texts(statement["Action"]).Any(pattern => Matches(pattern, action))
            && Texts(statement["Resource"]).Any(pattern => Matches(pattern, resource)) && Holds(statement["Condition"], request));

    /// <summary>Text, list of texts, or reference to another stack's resource, which reads as its name.</summary>
    public static IEnumerable<string> Texts(JsonNode? node) => node switch
    {
        JsonArray list => list.SelectMany(Texts),
        JsonValue value => [value.GetValue<string>()],
        JsonObject reference => [reference.ToJsonString()],
        _ => [],
    };

    private static bool Holds(JsonNode? conditions, (string Key, string Value)[] request) => conditions is null
        || conditions.AsObject().All(test => test.Value!.AsObject().All(condition =>
    {
        var given = request.Where(pair => pair.Key == condition.Key).Select(pair => pair.Value).ToList();
        return given.Count > 0 && test.Key is "StringEquals" && Texts(condition.Value).Any(given.Contains);
    }));

    private static bool Matches(string pattern, string text)
    {
        var expression = Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal);
        return Regex.IsMatch(text, $"^{expression}$");
    }
}
