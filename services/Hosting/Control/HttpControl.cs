using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using Trading.Hosting.Settings;

namespace Trading.Hosting.Control;

/// <summary>Control through the HTTP pages of a service, or through the API of a program that serves the dashboard.</summary>
public sealed class HttpControl : IOperatorControl, IDisposable
{
    private const int MostBytes = 16 << 20;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private static readonly Pages Control = new($"{ControlApi.Path}/", "status", "", ControlApi.Json, "application/json", "error");

    // The API takes no name: it records that of the token.
    private static readonly Pages Api = new("/api/v1/", "control", "control/", new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    }, "application/problem+json", "detail");

    private readonly HttpClient _http;
    private readonly Pages _pages;

    /// <summary>Control through the pages of a service.</summary>
    /// <param name="service">Address of the service, for example http://127.0.0.1:8080.</param>
    /// <param name="token">The token that the service requires.</param>
    public HttpControl(Uri service, string token)
        : this(service, token, Control)
    {
    }

    private HttpControl(Uri service, string token, Pages pages)
    {
        _pages = pages;
        // A redirect would forward the token.
        _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
        { BaseAddress = new(service, pages.Path), Timeout = Timeout, MaxResponseContentBufferSize = MostBytes };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>Control at an address: through /api/v1 where it is served, else through the pages of a service.</summary>
    /// <param name="service">Address of the program, for example http://127.0.0.1:8080.</param>
    /// <param name="token">The token that it requires.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<HttpControl> FindAsync(Uri service, string token, CancellationToken cancellation)
    {
        var api = new HttpControl(service, token, Api);
        try
        {
            using var answer = await api._http.GetAsync("session", cancellation);
            if (answer.StatusCode != HttpStatusCode.NotFound)
                return api;
        }
        catch (HttpRequestException)
        {
            // Nobody is there: the command itself says so.
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // Who is slow is not taken for another kind of program.
            api.Dispose();
            throw new ControlException($"{service}: no answer within {Timeout.TotalSeconds} s", ControlProblem.Unreachable);
        }
        api.Dispose();
        return new(service, token);
    }

    /// <inheritdoc/>
    public Task<ControlStatus> StatusAsync(CancellationToken cancellation) =>
        AskAsync<ControlStatus>(HttpMethod.Get, _pages.Status, null, cancellation);

    /// <inheritdoc/>
    public Task<ControlDone> ActAsync(OperatorCommand command, CancellationToken cancellation) => AskAsync<ControlDone>(
        HttpMethod.Post, _pages.Commands + DashedName.Of(command.Action),
        new(By(command.By), command.Reason, command.Order, command.Symbol, command.ConfirmReal, command.AcceptDifferences,
            null, command.Difference, command.Quantity, command.Price, command.AmountUsd, command.HighestPrice, command.Seen,
            command.OnlyTighten),
        cancellation);

    /// <inheritdoc/>
    public Task<LimitsChanged> SetLimitsAsync(string by, string reason, IReadOnlyDictionary<string, string> values, int? seen,
        CancellationToken cancellation) =>
        AskAsync<LimitsChanged>(HttpMethod.Post, "limits", new(By(by), reason, Set: new(values),
            Seen: seen?.ToString(CultureInfo.InvariantCulture)), cancellation);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private string? By(string by) => _pages == Api ? null : by;

    private async Task<T> AskAsync<T>(HttpMethod method, string command, ControlRequest? request, CancellationToken cancellation)
    {
        try
        {
            using var question = new HttpRequestMessage(method, command)
            { Content = request is null ? null : JsonContent.Create(request, options: _pages.Json) };
            using var answer = await _http.SendAsync(question, cancellation);
            if (answer.IsSuccessStatusCode)
                return await answer.Content.ReadFromJsonAsync<T>(_pages.Json, cancellation) ?? throw Wrong("an empty answer");
            throw new ControlException(await ErrorAsync(answer, cancellation), answer.StatusCode switch
            {
                HttpStatusCode.BadRequest => ControlProblem.Wrong,
                HttpStatusCode.NotFound => ControlProblem.NotFound,
                HttpStatusCode.Conflict => ControlProblem.Refused,
                _ => ControlProblem.Unreachable,
            });
        }
        catch (HttpRequestException unreachable)
        {
            throw Wrong(unreachable.GetBaseException().Message);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw Wrong($"no answer within {Timeout.TotalSeconds} s; whether the command was carried out is not known: ask for the status");
        }
        catch (JsonException)
        {
            throw Wrong("no answer of a control page of this system");
        }

        ControlException Wrong(string what) => new($"{_http.BaseAddress}{command}: {what}", ControlProblem.Unreachable);
    }

    private async Task<string> ErrorAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        if (answer.Content.Headers.ContentType?.MediaType == _pages.Problem)
        {
            using var body = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync(cancellation),
                cancellationToken: cancellation);
            if (body.RootElement.ValueKind == JsonValueKind.Object && body.RootElement.TryGetProperty(_pages.Detail, out var error))
                return error.ToString();
        }
        return $"{_http.BaseAddress} answered {(int)answer.StatusCode}";
    }

    /// <summary>How a program is asked.</summary>
    /// <param name="Path">Where everything is.</param>
    /// <param name="Status">Where the account's status is.</param>
    /// <param name="Commands">What the names of commands follow.</param>
    /// <param name="Json">How questions and answers are written.</param>
    /// <param name="Problem">The media type of errors.</param>
    /// <param name="Detail">The field of an error that says what is wrong.</param>
    private sealed record Pages(string Path, string Status, string Commands, JsonSerializerOptions Json, string Problem, string Detail);
}
