using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Trading.Hosting;

/// <summary>What a caller sends with a command.</summary>
/// <param name="By">Who wants it.</param>
/// <param name="Reason">Why.</param>
/// <param name="Order">The order to cancel.</param>
/// <param name="Symbol">For halt, reduce and resume: the one symbol that is meant.</param>
/// <param name="ConfirmReal">For a resumption: allows the first real order.</param>
/// <param name="AcceptDifferences">For a resumption: takes the differences to the exchange as they are.</param>
/// <param name="Set">New limits by their names.</param>
public sealed record ControlRequest(string? By, string? Reason, string? Order = null, string? Symbol = null, bool ConfirmReal = false, bool AcceptDifferences = false, Dictionary<string, string>? Set = null);

/// <summary>
/// The operator's control over HTTP, at /control: GET status; POST halt, reduce, resume, flatten, cancel, limits. Callers show the token of the secret store; from other machines only where settings say so.
/// </summary>
public static class ControlApi
{
    /// <summary>Where it is.</summary>
    public const string Path = "/control";

    /// <summary>JSON of questions and answers: camelCase, enums as words, decimals as they are. A field that is none is refused: a misspelled one must not go unheard.</summary>
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
            if (await RefusalAsync(context, services.GetRequiredService<TradingSettings>(), services.GetRequiredService<ISecretStore>()) is { } refusal)
            {
                log.LogWarning("Control from {Address} refused: {Reason}", context.Connection.RemoteIpAddress, refusal.Reason);
                await TellAsync(context, refusal.Status, new { Error = refusal.Reason });
                return;
            }
            await TellAsync(context, StatusCodes.Status200OK, await DoAsync(context, command, services.GetRequiredService<IOperatorControl>()));
        }
        catch (SecretException missing)
        {
            // Which secret, and where it is looked for, is for the log alone.
            log.LogError("Control over HTTP has no token: {Reason}", missing.Message);
            await TellAsync(context, StatusCodes.Status503ServiceUnavailable, new { Error = "the service cannot read its control token; its log says why" });
        }
        catch (ControlException refused)
        {
            await TellAsync(context, Status(refused.Kind), new { Error = refused.Message });
        }
        catch (JsonException unreadable)
        {
            await TellAsync(context, StatusCodes.Status400BadRequest, new { Error = $"the body is not as it must be: {unreadable.Message}" });
        }
        catch (BadHttpRequestException wrong)
        {
            await TellAsync(context, wrong.StatusCode, new { Error = wrong.Message });
        }
        catch (NpgsqlException unreachable)
        {
            log.LogError("Control could not use the journal: {Reason}", unreachable.Message);
            await TellAsync(context, StatusCodes.Status503ServiceUnavailable, new { Error = "the journal's database cannot be used" });
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
        if (command != "limits" && !Enum.GetNames<OperatorAction>().Contains(command, StringComparer.OrdinalIgnoreCase))
            throw new ControlException($"{Path} has status, limits, {string.Join(", ", Enum.GetNames<OperatorAction>().Select(SettingsReader.Dashed))}; there is no {command}", ControlProblem.NotFound);
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
            return await control.SetLimitsAsync(request.By ?? "", request.Reason ?? "", request.Set ?? [], cancellation);
        // A halt that was asked for is carried out, also when its caller has gone.
        return await control.ActAsync(new(Enum.Parse<OperatorAction>(command, ignoreCase: true), request.By ?? "", request.Reason ?? "")
        {
            Order = request.Order, Symbol = request.Symbol, ConfirmReal = request.ConfirmReal, AcceptDifferences = request.AcceptDifferences,
        }, CancellationToken.None);
    }

    private static async Task<(int Status, string Reason)?> RefusalAsync(HttpContext context, TradingSettings settings, ISecretStore secrets)
    {
        if (!settings.ControlFromAnywhere && context.Connection.RemoteIpAddress is { } address && !IPAddress.IsLoopback(address))
            return (StatusCodes.Status403Forbidden, "control is for callers on this machine: Trading:ControlFromAnywhere opens it to others");
        if (settings.ControlTokenSecret is not { } name)
            return (StatusCodes.Status403Forbidden, "control over HTTP is off: Trading:ControlTokenSecret names no secret");
        var given = context.Request.Headers.Authorization.ToString();
        if (!given.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return (StatusCodes.Status401Unauthorized, "no token: Authorization: Bearer TOKEN");
        }
        var token = (await secrets.GetAsync(name, context.RequestAborted)).Trim();
        if (token.Length == 0)
            throw new SecretException($"the secret {name} is empty");
        // Hashes are as long as each other, so the time tells neither content nor length.
        if (CryptographicOperations.FixedTimeEquals(Hash(given[Scheme.Length..].Trim()), Hash(token)))
            return null;
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return (StatusCodes.Status401Unauthorized, "wrong token");
    }

    private static void Expect(HttpContext context, string method)
    {
        if (!HttpMethods.Equals(context.Request.Method, method))
            throw new BadHttpRequestException($"{context.Request.Path} takes {method}", StatusCodes.Status405MethodNotAllowed);
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    private static int Status(ControlProblem kind) => kind switch
    {
        ControlProblem.Wrong => StatusCodes.Status400BadRequest,
        ControlProblem.NotFound => StatusCodes.Status404NotFound,
        ControlProblem.Refused => StatusCodes.Status409Conflict,
        _ => StatusCodes.Status503ServiceUnavailable,
    };

    private static Task TellAsync(HttpContext context, int status, object answer)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(answer, answer.GetType(), Json, context.RequestAborted);
    }
}
