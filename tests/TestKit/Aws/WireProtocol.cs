using System.Text;
using System.Text.Json;

namespace Trading.TestKit.Aws;

/// <summary>A request as it came over the wire.</summary>
/// <param name="Method">GET, POST, PUT.</param>
/// <param name="RawPath">The path with its escapes.</param>
/// <param name="RawQuery">The query with its escapes, without the question mark.</param>
/// <param name="Headers">The headers; names in any case.</param>
/// <param name="Body">The body.</param>
public sealed record WireRequest(string Method, string RawPath, string RawQuery, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    /// <summary>The body as text.</summary>
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>The body as JSON.</summary>
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    /// <summary>What is asked for, of a service that names it in a header: for example WriteRecords.</summary>
    public string Operation =>
        Headers.TryGetValue("X-Amz-Target", out var target) ? target[(target.IndexOf('.', StringComparison.Ordinal) + 1)..] : "";
}

/// <summary>What a service answers, and how it behaves while doing so.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="ContentType">Type of the body.</param>
/// <param name="Text">The body.</param>
public sealed record WireAnswer(int Status, string ContentType, string Text)
{
    private const string Json10 = "application/x-amz-json-1.0";

    /// <summary>Headers beside the content's.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// The answer goes out when this is done: a slow service, as slow as the test wants it, and for ever when it never is.
    /// </summary>
    public Task Until { get; init; } = Task.CompletedTask;

    /// <summary>The connection breaks instead of an answer.</summary>
    public bool Broken { get; init; }

    /// <summary>A success in JSON.</summary>
    public static WireAnswer Ok(string json, string contentType = Json10) => new(200, contentType, json);

    /// <summary>
    /// An error as the JSON protocols tell it, by its type in the body, and as the REST ones do, by a header: a client reads what its
    /// protocol says.
    /// </summary>
    public static WireAnswer Error(int status, string type, string message, string contentType = Json10) =>
        new(status, contentType, JsonSerializer.Serialize(
            new Dictionary<string, string> { ["__type"] = $"com.amazonaws.example#{type}", ["message"] = message }))
        {
            Headers = new Dictionary<string, string>
            {
                ["x-amzn-ErrorType"] = type,
                ["x-amzn-RequestId"] = "00000000-0000-0000-0000-000000000001"
            },
        };

    /// <summary>Too many requests; SDKs try again after a while.</summary>
    public static WireAnswer Throttled() => Error(400, "ThrottlingException", "Rate exceeded");

    /// <summary>The service fails for reasons of its own.</summary>
    public static WireAnswer Failing() =>
        Error(500, "InternalServerException", "The request processing has failed because of an unknown error.");

    /// <summary>Keys that exist and may not do this.</summary>
    public static WireAnswer Denied() =>
        Error(403, "AccessDeniedException", "User: arn:aws:iam::123456789012:user/test is not authorized to perform this action");

    /// <summary>What no client expects: a page of some box in between.</summary>
    public static WireAnswer Garbage() => new(200, "text/html", "<html><body>Welcome to nginx!</body></html>");

    /// <summary>The connection breaks.</summary>
    public static WireAnswer Broke() => new(200, Json10, "") { Broken = true };
}
