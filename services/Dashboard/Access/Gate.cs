using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Threading.RateLimiting;
using Trading.Dashboard.Answers;
using Trading.Hosting.Control;
using Trading.Hosting.Settings;

namespace Trading.Dashboard.Access;

/// <summary>
/// What every request of the dashboard passes, in this order: headers against misuse of the answer, the name it asks for (against DNS
/// rebinding), who asks, how often, and for changes from a page where they come from (against forged requests).
/// </summary>
public sealed class Gate : IDisposable
{
    /// <summary>The header in which a page sends the word that it was given.</summary>
    public const string CsrfHeader = "X-Trading-Csrf";

    /// <summary>Pages may use nothing but what this program serves.</summary>
    public const string ContentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        + "connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>The query parameter with the token that logs in once.</summary>
    public const string OneTime = "token";

    private const string Scheme = "Bearer ";
    private readonly Sessions _sessions;
    private readonly TokenCheck _tokens;
    private readonly BackOff _backOff;
    private readonly ILogger<Gate> _log;
    private readonly HashSet<string> _hosts;
    private readonly PartitionedRateLimiter<string> _limiter;

    /// <summary>A gate under the settings.</summary>
    public Gate(Sessions sessions, TokenCheck tokens, BackOff backOff, TradingSettings settings, ILogger<Gate> log)
    {
        (_sessions, _tokens, _backOff, _log) = (sessions, tokens, backOff, log);
        _hosts = new(["localhost", "127.0.0.1", "[::1]", .. settings.DashboardHosts], StringComparer.OrdinalIgnoreCase);
        var rate = settings.DashboardRequestsPerSecond;
        _limiter = PartitionedRateLimiter.Create<string, string>(name => RateLimitPartition.GetTokenBucketLimiter(name, _ => new()
        {
            TokenLimit = 2 * rate, TokensPerPeriod = rate, ReplenishmentPeriod = TimeSpan.FromSeconds(1), QueueLimit = 0,
            AutoReplenishment = true,
        }));
    }

    /// <summary>Lets a request pass, or answers it.</summary>
    public async Task PassAsync(HttpContext context, RequestDelegate next)
    {
        var path = context.Request.Path;
        var isApi = path.StartsWithSegments("/api");
        Secure(context.Response.Headers, context.Request.IsHttps);
        try
        {
            if (!_hosts.Contains(context.Request.Host.Host))
                throw new ApiException(Problems.Of(StatusCodes.Status421MisdirectedRequest, "wrong-host",
                    $"this dashboard is not {context.Request.Host.Host}: Trading:DashboardHosts names the hosts that it answers to"));
            if (path == "/" && HttpMethods.IsGet(context.Request.Method)
                && context.Request.Query[OneTime].ToString() is { Length: > 0 } once)
            {
                context.Response.Redirect(await OnceAsync(context, once) ? "/" : "/login?said=used");
                return;
            }
            var open = path.StartsWithSegments("/assets") || path == "/login" || path == "/favicon.svg";
            if (!open && await CallerAsync(context) is not { } caller)
            {
                if (isApi)
                {
                    context.Response.Headers.WWWAuthenticate = "Bearer";
                    throw new ApiException(Problems.Of(StatusCodes.Status401Unauthorized, "not-logged-in",
                        "no valid login or token: Authorization: Bearer TOKEN, or the login page"));
                }
                context.Response.Redirect($"/login?next={Uri.EscapeDataString(path + context.Request.QueryString)}");
                return;
            }
            if (!open)
                Check(context, Caller.Of(context));
            await next(context);
        }
        catch (Exception failure) when (Problems.Of(failure) is { } problem && !context.Response.HasStarted)
        {
            if (problem.Status >= StatusCodes.Status500InternalServerError)
                _log.LogWarning("{Path}: {Reason}", path, failure.Message);
            await Problems.WriteAsync(context, problem);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
        }
    }

    /// <summary>Who gives a token; after some wrong ones nobody for a while.</summary>
    /// <exception cref="ApiException">The address has to wait.</exception>
    public async Task<NamedToken?> TokenAsync(HttpContext context, string value)
    {
        try
        {
            return await _tokens.FindAsync(Address(context), value, context.RequestAborted);
        }
        catch (TooManyTokensException waiting)
        {
            context.Response.Headers.RetryAfter = Math.Ceiling(waiting.Wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            throw new ApiException(Problems.Of(StatusCodes.Status429TooManyRequests, "too-many-wrong-tokens", waiting.Message));
        }
    }

    /// <summary>Whether a change comes from a page of this program: browsers say where a request comes from.</summary>
    public static bool IsFromHere(HttpRequest request) => request.Headers["Sec-Fetch-Site"].ToString() is "" or "same-origin" or "none"
        && (request.Headers.Origin.ToString() is var origin && origin.Length == 0
            || (Uri.TryCreate(origin, UriKind.Absolute, out var from) && from.Authority == request.Host.ToString()));

    /// <summary>Gives a browser the cookie of a login.</summary>
    public async Task GiveLoginAsync(HttpContext context, NamedToken token) =>
        context.Response.Cookies.Append(_sessions.CookieName, await _sessions.BeginAsync(token, context.RequestAborted), new()
        {
            HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = context.Request.IsHttps, Path = "/", MaxAge = _sessions.Lasts,
            IsEssential = true,
        });

    /// <inheritdoc/>
    public void Dispose() => _limiter.Dispose();

    private async Task<bool> OnceAsync(HttpContext context, string token)
    {
        var address = Address(context);
        if (_backOff.Wait(address) > TimeSpan.Zero || !_sessions.UseOneTimeToken(token))
        {
            _backOff.Failed(address);
            return false;
        }
        await GiveLoginAsync(context, Sessions.Local);
        return true;
    }

    private async Task<Caller?> CallerAsync(HttpContext context)
    {
        var given = context.Request.Headers.Authorization.ToString();
        var caller = given.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? await TokenAsync(context, given[Scheme.Length..]) is { } token ? new Caller(token) : null
            : context.Request.Cookies[_sessions.CookieName] is { } cookie ? await _sessions.FindAsync(cookie, context.RequestAborted)
                : null;
        caller?.Note(context);
        return caller;
    }

    private void Check(HttpContext context, Caller caller)
    {
        using var lease = _limiter.AttemptAcquire($"{caller.Name}~{caller.Nonce}");
        if (!lease.IsAcquired)
        {
            context.Response.Headers.RetryAfter = "1";
            throw new ApiException(Problems.Of(StatusCodes.Status429TooManyRequests, "too-many-requests",
                "more requests than Trading:DashboardRequestsPerSecond allows; the next is taken in a second"));
        }
        var method = context.Request.Method;
        if (caller.Csrf is not { } csrf || HttpMethods.IsGet(method) || HttpMethods.IsHead(method))
            return;
        var said = Encoding.UTF8.GetBytes(context.Request.Headers[CsrfHeader].ToString());
        if (!IsFromHere(context.Request) || !CryptographicOperations.FixedTimeEquals(said, Encoding.UTF8.GetBytes(csrf)))
            throw new ApiException(Problems.Of(StatusCodes.Status403Forbidden, "forged-request",
                $"a change by a login must come from a page of this dashboard, with the header {CsrfHeader} that /api/v1/session names"));
    }

    private static string Address(HttpContext context) => (context.Connection.RemoteIpAddress ?? IPAddress.None).ToString();

    private static void Secure(IHeaderDictionary headers, bool isTls)
    {
        if (isTls)
            headers.StrictTransportSecurity = "max-age=31536000";
        headers.ContentSecurityPolicy = ContentPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        // Not no-referrer: then browsers would not say that the form of the login comes from here.
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=()";
        headers.CacheControl = "no-store";
    }
}
