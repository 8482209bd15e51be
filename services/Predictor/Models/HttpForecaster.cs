using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trading.Aws;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Secrets;

namespace Trading.Services.Models;

/// <summary>Any other model behind a URL. docs/models.md describes the JSON and shows a server.</summary>
public sealed class HttpForecaster(HttpClient http, Uri address, Func<CancellationToken, Task<string?>> key, RemoteModel remote,
    ForecastChecks checks) : IForecaster
{
    /// <summary>Name of the model in settings and records.</summary>
    public const string ModelName = "http";

    private const int LongestAnswer = 65_536;

    /// <summary>
    /// The client for one model, for as long as the program runs. The caller sets the deadline. Redirects are not followed, because they
    /// would forward the key.
    /// </summary>
    public static HttpClient Client() =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
        { Timeout = Timeout.InfiniteTimeSpan };

    /// <inheritdoc/>
    public string Name => remote.Name;

    /// <inheritdoc/>
    public bool Remote => true;

    /// <inheritdoc/>
    public Task<ModelOutput> ForecastAsync(ForecastQuestion question, CancellationToken deadline)
    {
        var id = DerivedId.Prediction(question.Price.PriceId);
        var json = Question(question, id);
        return remote.AskAsync(address.Host, json, cancellation => AskAsync(id, json, cancellation),
            answer => Read(answer.Text, question.Prices[^1].Price), deadline);
    }

    private async Task<RemoteAnswer> AskAsync(Guid id, string json, CancellationToken cancellation)
    {
        using var request =
            new HttpRequestMessage(HttpMethod.Post, address) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        // With this header a server can recognise a retry and need not charge for it.
        request.Headers.Add("Idempotency-Key", $"{id}");
        try
        {
            if (await key(cancellation) is { } bearer)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            var text = await ReadAsync(response, cancellation);
            if (response.StatusCode == HttpStatusCode.OK)
                return new(Model(text) is { } model ? $"{address.Host} ({model})" : address.Host, text);
            var passing = (int)response.StatusCode is 408 or 429 or >= 500;
            throw new ModelCallException($"HTTP {(int)response.StatusCode}: {ModelText.Glimpse(text)}", passing);
        }
        catch (SecretException missing)
        {
            throw new ModelCallException(missing.Message, mayPass: false, missing);
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            throw new ModelCallException($"no answer from {address.Authority}: {ModelText.Glimpse(broken.GetBaseException().Message)}",
                mayPass: true, broken);
        }
    }

    private static async Task<string> ReadAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        var body = new byte[LongestAnswer];
        var length = await stream.ReadAtLeastAsync(body, LongestAnswer, throwOnEndOfStream: false, cancellation);
        return Encoding.UTF8.GetString(body.AsSpan(0, length));
    }

    private ModelOutput Read(string text, double currentPrice)
    {
        if (Parsed(text) is not { } answer)
            return remote.Abstains($"the answer is no JSON object: {ModelText.Glimpse(text)}");
        if (answer.TryGetProperty("abstain", out var reason) && reason.ValueKind == JsonValueKind.String)
            return remote.Abstains($"it abstains: {ModelText.Glimpse(reason.GetString()!)}");
        if (Number(answer, "predictedPrice") is not { } price || Number(answer, "confidence") is not { } confidence)
            return remote.Abstains($"no predictedPrice or no confidence in the answer: {ModelText.Glimpse(text)}");
        Direction? direction = null;
        if (answer.TryGetProperty("direction", out var named) && named.ValueKind != JsonValueKind.Null)
        {
            if (named.ValueKind != JsonValueKind.String
                || !Enum.TryParse<Direction>(named.GetString(), ignoreCase: true, out var known) || !Enum.IsDefined(known))
                return remote.Abstains($"the direction must be up, down or stable, was {ModelText.Glimpse(named.ToString())}");
            direction = known;
        }
        return checks.Output(Name, currentPrice, price, direction, confidence);
    }

    private static string Question(ForecastQuestion question, Guid id)
    {
        var (price, window) = (question.Price, question.Window);
        return new JsonObject
        {
            ["predictionId"] = id,
            ["symbol"] = price.Symbol,
            ["price"] = price.Price,
            ["time"] = price.IntervalStart.ToUnixTimeSeconds(),
            ["intervalSeconds"] = price.IntervalSeconds,
            ["horizonSeconds"] = question.HorizonSeconds,
            ["indicators"] = new JsonObject
            {
                ["sma20"] = window.Sma20,
                ["sma50"] = window.Sma50,
                ["momentum10"] = window.Momentum10,
                ["volatility"] = window.Volatility
            },
            ["prices"] = new JsonArray(
                [.. question.Prices.Select(point => new JsonObject { ["time"] = point.UnixSeconds, ["price"] = point.Price })]),
        }.ToJsonString();
    }

    private static string? Model(string text) =>
        Parsed(text) is { } answer && answer.TryGetProperty("model", out var model) && model.ValueKind == JsonValueKind.String
            ? ModelText.Glimpse(model.GetString()!) : null;

    private static double? Number(JsonElement of, string name) =>
        of.TryGetProperty(name, out var member) ? SeriesFormat.Number(member) : null;

    private static JsonElement? Parsed(string text)
    {
        try
        {
            return JsonDocument.Parse(text).RootElement is { ValueKind: JsonValueKind.Object } answer ? answer : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
