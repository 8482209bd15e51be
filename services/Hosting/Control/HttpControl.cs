using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Trading.Hosting;

/// <summary>Control through the HTTP pages of a service.</summary>
public sealed class HttpControl : IOperatorControl, IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);
    private readonly HttpClient _http;

    /// <summary>Control at an address.</summary>
    /// <param name="service">Address of the service, for example http://127.0.0.1:8080.</param>
    /// <param name="token">The token that it asks for.</param>
    public HttpControl(Uri service, string token)
    {
        _http = new() { BaseAddress = new(service, ControlApi.Path + "/"), Timeout = Timeout };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <inheritdoc/>
    public Task<ControlStatus> StatusAsync(CancellationToken cancellation) => AskAsync<ControlStatus>(HttpMethod.Get, "status", null, cancellation);

    /// <inheritdoc/>
    public Task<ControlDone> ActAsync(OperatorCommand command, CancellationToken cancellation) => AskAsync<ControlDone>(
        HttpMethod.Post, SettingsReader.Dashed(command.Action.ToString()), new(command.By, command.Reason, command.Order, command.Symbol, command.ConfirmReal, command.AcceptDifferences), cancellation);

    /// <inheritdoc/>
    public Task<LimitsChanged> SetLimitsAsync(string by, string reason, IReadOnlyDictionary<string, string> values, CancellationToken cancellation) =>
        AskAsync<LimitsChanged>(HttpMethod.Post, "limits", new(by, reason, Set: new(values)), cancellation);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<T> AskAsync<T>(HttpMethod method, string command, ControlRequest? request, CancellationToken cancellation)
    {
        try
        {
            using var question = new HttpRequestMessage(method, command) { Content = request is null ? null : JsonContent.Create(request, options: ControlApi.Json) };
            using var answer = await _http.SendAsync(question, cancellation);
            if (answer.IsSuccessStatusCode)
                return await answer.Content.ReadFromJsonAsync<T>(ControlApi.Json, cancellation) ?? throw Wrong("an empty answer");
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
            throw Wrong("an answer that is not one of this system's control pages");
        }

        ControlException Wrong(string what) => new($"{_http.BaseAddress}{command}: {what}", ControlProblem.Unreachable);
    }

    private async Task<string> ErrorAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        if (answer.Content.Headers.ContentType?.MediaType == "application/json")
        {
            using var body = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync(cancellation), cancellationToken: cancellation);
            if (body.RootElement.ValueKind == JsonValueKind.Object && body.RootElement.TryGetProperty("error", out var error))
                return error.ToString();
        }
        return $"{_http.BaseAddress} answered {(int)answer.StatusCode}";
    }
}
