using Microsoft.AspNetCore.Mvc;
using Npgsql;
using Trading.Hosting.Control;
using Trading.Hosting.Secrets;
using Trading.Hosting.Settings;
using Trading.Hosting.Stores;

namespace Trading.Dashboard.Answers;

/// <summary>Errors as RFC 9457 has them: application/problem+json with a type that programs can go by.</summary>
public static class Problems
{
    /// <summary>An error.</summary>
    /// <param name="status">The status.</param>
    /// <param name="kind">Its kind, the end of the type: urn:trading:problem:KIND.</param>
    /// <param name="detail">What is wrong, where, and what is allowed.</param>
    public static ProblemDetails Of(int status, string kind, string detail) => new()
    {
        Status = status, Type = $"urn:trading:problem:{kind}", Title = kind.Replace('-', ' '), Detail = detail,
    };

    /// <summary>Writes an error as the answer.</summary>
    public static Task WriteAsync(HttpContext context, ProblemDetails problem)
    {
        context.Response.StatusCode = problem.Status!.Value;
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsJsonAsync(problem, ApiJson.Options, "application/problem+json", context.RequestAborted);
    }

    /// <summary>The error of a command that was not carried out.</summary>
    public static ProblemDetails Of(ControlException refused) => refused.Kind switch
    {
        ControlProblem.Wrong => Of(StatusCodes.Status400BadRequest, "wrong-input", refused.Message),
        ControlProblem.NotFound => Of(StatusCodes.Status404NotFound, "not-found", refused.Message),
        ControlProblem.Refused => Of(StatusCodes.Status409Conflict, "refused", refused.Message),
        _ => Of(StatusCodes.Status503ServiceUnavailable, "unreachable", refused.Message),
    };

    /// <summary>What callers are told of a failure; null for one that nobody expected.</summary>
    public static ProblemDetails? Of(Exception failure) => failure switch
    {
        ApiException wrong => wrong.Problem,
        ControlException refused => Of(refused),
        BadHttpRequestException bad => Of(bad.StatusCode, "wrong-input",
            bad.InnerException is System.Text.Json.JsonException json
                ? $"the body is not the JSON that is expected: {json.Message}" : bad.Message),
        SecretException => Of(StatusCodes.Status503ServiceUnavailable, "no-token",
            "the dashboard cannot read one of its tokens; its log says why"),
        NpgsqlException or TimeoutException or StoreException => Of(StatusCodes.Status503ServiceUnavailable, "no-database",
            "the journal's database does not answer"),
        _ => null,
    };

    /// <summary>Something that does not exist.</summary>
    public static ApiException NotFound(string what) => new(Of(StatusCodes.Status404NotFound, "not-found", what));

    /// <summary>Wrong input.</summary>
    public static ApiException Wrong(string name, string allowed, object? was) => new(Of(StatusCodes.Status400BadRequest, "wrong-input",
        FormattableString.Invariant($"{name} must be {allowed}, was {was ?? "empty"}")));

    /// <summary>Something that a role may not do.</summary>
    public static ApiException Forbidden(NamedToken token, string what) => new(Of(StatusCodes.Status403Forbidden, "forbidden",
        $"{token.Name} has the role {DashedName.Of(token.Role.ToString())}, which may not {what}"));
}

/// <summary>Ends a request with an error.</summary>
/// <param name="problem">The error.</param>
public sealed class ApiException(ProblemDetails problem) : Exception(problem.Detail)
{
    /// <summary>The error.</summary>
    public ProblemDetails Problem { get; } = problem;
}
