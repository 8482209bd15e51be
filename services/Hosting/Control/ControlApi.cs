using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Trading.Hosting.Secrets;
using Trading.Hosting.Settings;

namespace Trading.Hosting.Control;

/// <summary>
/// The operator's control over HTTP, at /control: GET status; POST limits and every action. Callers send the token
/// from the secret store; other machines are allowed only by a setting.
/// </summary>
public static class ControlApi
{
    /// <summary>The path.</summary>
    public const string Path = "/control";

    /// <summary>
    /// JSON of requests and answers: camelCase, enums as words, decimals unchanged. Unknown fields are refused, so that a misspelled one is
    /// noticed.
    /// </summary>
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() }, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    private const int MaxBodyBytes = 16_384;
    private const string Scheme = "Bearer ";

    /// <summary>Maps the pages.</summary>
    public static void MapControl(this WebApplication app) => app.Map(Path + "/{command}", AnswerAsync);

    private static async Task AnswerAsync(HttpContext context)
    {
        var (services, command) = (context.RequestServices, (string)context.Request.RouteValues["command"]!);
        var log = services.GetRequiredService<ILoggerFactory>().CreateLogger("control");
        try
        {
            if (await RefusalAsync(context, command, services.GetRequiredService<TradingSettings>(),
                services.GetRequiredService<TokenCheck>()) is { } refusal)
            {
                log.LogWarning("Control from {Address} refused: {Reason}", context.Connection.RemoteIpAddress, refusal.Reason);
                await AnswerWithAsync(context, refusal.Status, new { Error = refusal.Reason });
                return;
            }
            await AnswerWithAsync(context, StatusCodes.Status200OK,
                await DoAsync(context, command, services.GetRequiredService<IOperatorControl>()));
        }
        catch (SecretException missing)
        {
            // The name and place of the secret are only logged.
            log.LogError("Control over HTTP has no token: {Reason}", missing.Message);
            await AnswerWithAsync(context, StatusCodes.Status503ServiceUnavailable,
                new { Error = "the service cannot read its control token; its log says why" });
        }
        catch (TooManyTokensException waiting)
        {
            context.Response.Headers.RetryAfter = Math.Ceiling(waiting.Wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            await AnswerWithAsync(context, StatusCodes.Status429TooManyRequests, new { Error = waiting.Message });
        }
        catch (ControlException refused)
        {
            await AnswerWithAsync(context, Status(refused.Kind), new { Error = refused.Message });
        }
        catch (JsonException unreadable)
        {
            await AnswerWithAsync(context, StatusCodes.Status400BadRequest,
                new
                {
                    Error = $"the body is not a JSON object with by and reason{Place(unreadable)}: "
                    + "send { \"by\": \"who\", \"reason\": \"why\" }, for limits with \"set\": { \"Name\": \"value\" }"
                });
        }
        catch (BadHttpRequestException wrong)
        {
            await AnswerWithAsync(context, wrong.StatusCode, new { Error = wrong.Message });
        }
        catch (NpgsqlException unreachable)
        {
            log.LogError("Control could not use the journal: {Reason}", unreachable.Message);
            await AnswerWithAsync(context, StatusCodes.Status503ServiceUnavailable,
                new { Error = "the journal's database cannot be used" });
        }
    }

    private static async Task<object> DoAsync(HttpContext context, string command, IOperatorControl control)
    {
        var cancellation = context.RequestAborted;
        if (command == "status")
        {
            Expect(context, HttpMethods.Get);
            return await control.StatusAsync(cancellation);
        }
        var known = OperatorActions.Named(command);
        if (command != "limits" && known is null)
            throw new ControlException($"{Path} has status, limits, {string.Join(", ", OperatorActions.Names)}; there is no {command}",
                ControlProblem.NotFound);
        if (command == "limits" && HttpMethods.IsGet(context.Request.Method))
        {
            var status = await control.StatusAsync(cancellation);
            return new { status.LimitsVersion, status.LimitsBy, status.Limits };
        }
        Expect(context, HttpMethods.Post);
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = MaxBodyBytes;
        var request = await JsonSerializer.DeserializeAsync<ControlRequest>(context.Request.Body, Json, cancellation) ?? new(null, null);
        if (command == "limits")
            return await control.SetLimitsAsync(request.By ?? "", request.Reason ?? "", request.Set ?? [], Version(request.Seen),
                cancellation);
        // A command is carried out even when its caller has disconnected.
        var given = new OperatorCommand(known!.Value, request.By ?? "", request.Reason ?? "")
        {
            Order = request.Order, Symbol = request.Symbol, ConfirmReal = request.ConfirmReal,
            AcceptDifferences = request.AcceptDifferences, Difference = request.Difference, Quantity = request.Quantity,
            Price = request.Price, AmountUsd = request.AmountUsd, HighestPrice = request.Highest,
            Seen = request.Seen,
            OnlyTighten = request.OnlyTighten,
        };
        return await control.ActAsync(given.As(context.Features.GetRequiredFeature<NamedToken>().Role), CancellationToken.None);
    }

    private static int? Version(string? seen) => seen is null ? null
        : int.TryParse(seen, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version
        : throw new ControlException($"seen must be the version of the limits in force, was {seen}", ControlProblem.Wrong);

    private static async Task<(int Status, string Reason)?> RefusalAsync(
        HttpContext context, string command, TradingSettings settings, TokenCheck tokens)
    {
        var from = context.Connection.RemoteIpAddress;
        if (WrongPlace(from, context.Request.IsHttps, settings) is { } wrongPlace)
            return (StatusCodes.Status403Forbidden, wrongPlace);
        if (settings is { ControlTokenSecret: null, ControlTokens.Count: 0 })
            return (StatusCodes.Status403Forbidden, "control over HTTP is off: Trading:ControlTokenSecret names no secret");
        var given = context.Request.Headers.Authorization.ToString();
        if (!given.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return (StatusCodes.Status401Unauthorized, "no token: Authorization: Bearer TOKEN");
        }
        if (await tokens.FindAsync($"{from}", given[Scheme.Length..], context.RequestAborted) is { } token)
        {
            context.Features.Set(token);
            return MayUse(token, context.Request.Method, command) ? null
                : (StatusCodes.Status403Forbidden, $"the token {token.Name} has the role {DashedName.Of(token.Role.ToString())}, "
                    + $"which may not use {command}");
        }
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return (StatusCodes.Status401Unauthorized, "wrong token");
    }

    /// <summary>Why a caller is at the wrong place; null for this machine, and for others as far as the settings let them.</summary>
    /// <param name="from">Where the caller is; null for a caller within the process.</param>
    /// <param name="encrypted">Whether it came over TLS.</param>
    /// <param name="settings">The settings.</param>
    public static string? WrongPlace(IPAddress? from, bool encrypted, TradingSettings settings) =>
        from is null || IPAddress.IsLoopback(from) ? null
        : !settings.ControlFromAnywhere ? "control is for callers on this machine: Trading:ControlFromAnywhere opens it to others"
        : !encrypted && !settings.ControlWithoutTls ? "control from other machines is for https: Trading:HttpCertificateFile opens it"
        : null;

    // Where in the body; the rest of the parser's message names types of this program.
    private static string Place(JsonException wrong) => wrong.Path is { Length: > 1 } path ? $" (at {path.TrimStart('$', '.')})"
        : wrong.LineNumber is { } line ? $" (at line {line + 1}, byte {wrong.BytePositionInLine + 1})" : "";

    private static void Expect(HttpContext context, string method)
    {
        if (!HttpMethods.Equals(context.Request.Method, method))
            throw new BadHttpRequestException($"{context.Request.Path} takes {method}", StatusCodes.Status405MethodNotAllowed);
    }

    private static bool MayUse(NamedToken token, string method, string command) => HttpMethods.IsGet(method)
        || (OperatorActions.Named(command) is { } action ? token.Role.May(action) : token.Role == TokenRole.Operator);

    private static int Status(ControlProblem kind) => kind switch
    {
        ControlProblem.Wrong => StatusCodes.Status400BadRequest,
        ControlProblem.NotFound => StatusCodes.Status404NotFound,
        ControlProblem.Refused => StatusCodes.Status409Conflict,
        _ => StatusCodes.Status503ServiceUnavailable,
    };

    private static Task AnswerWithAsync(HttpContext context, int status, object answer)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(answer, answer.GetType(), Json, context.RequestAborted);
    }
}
