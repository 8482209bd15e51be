using System.Globalization;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Trading.Aws;

namespace Trading.Hosting;

/// <summary>Alerts to an address that is a secret, in the shape that Slack, Discord or Telegram take, or as plain JSON.</summary>
public sealed class WebhookAlerts(string template, string secret, ISecretStore secrets, TimeSpan timeout) : ITradeAlerts, IDisposable
{
    // Discord takes 2000 characters, Telegram 4096.
    private const int MaxText = 1900;
    private readonly HttpClient _http = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(2), AllowAutoRedirect = false }) { Timeout = timeout };

    /// <summary>The shapes that exist.</summary>
    public static IReadOnlyList<string> Templates { get; } = ["slack", "discord", "telegram", "json"];

    /// <inheritdoc/>
    public string Channel => $"{template}:{secret}";

    /// <inheritdoc/>
    public async Task SendAsync(TradeAlert alert, CancellationToken cancellation)
    {
        var (address, chat) = await AddressAsync(cancellation);
        try
        {
            // The answer's content is of no interest, only that the alert was taken.
            using var answer = await _http.PostAsync(address, JsonContent.Create(Body(alert, chat)), cancellation);
            if (!answer.IsSuccessStatusCode)
                throw new AlertException($"the {template} webhook of secret {secret} answered {(int)answer.StatusCode}", AlertTopic.MayHaveTaken(answer.StatusCode) ? AlertOutcome.Unsure : AlertOutcome.NotSent);
        }
        // What the client says may hold the address.
        catch (HttpRequestException broken)
        {
            var unconnected = broken.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError
                || broken.GetBaseException() is SocketException { SocketErrorCode: SocketError.ConnectionRefused };
            throw new AlertException($"the {template} webhook of secret {secret} cannot be reached: {broken.HttpRequestError}", unconnected ? AlertOutcome.NotSent : AlertOutcome.Unsure);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new AlertException($"the {template} webhook of secret {secret} gave no answer within {_http.Timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s", AlertOutcome.Unsure);
        }
    }

    /// <summary>The body in a template's shape.</summary>
    /// <param name="template">The shape.</param>
    /// <param name="alert">The alert.</param>
    /// <param name="chat">The chat, for Telegram.</param>
    public static JsonObject Shape(string template, TradeAlert alert, string? chat)
    {
        var text = $"{alert.Subject}\n{alert.Text}";
        text = text.Length <= MaxText ? text : $"{text[..MaxText]}...";
        return template switch
        {
            // Slack's own marks, which would make links and mentions of text.
            "slack" => new() { ["text"] = text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal) },
            "discord" => new() { ["content"] = text, ["allowed_mentions"] = new JsonObject { ["parse"] = new JsonArray() } },
            "telegram" => new() { ["chat_id"] = chat, ["text"] = text },
            _ => new()
            {
                ["key"] = alert.Key, ["kind"] = SettingsReader.Dashed(alert.Kind.ToString()), ["subject"] = alert.Subject, ["text"] = alert.Text,
                ["attributes"] = new JsonObject(alert.Attributes.Select(attribute => KeyValuePair.Create(attribute.Key, (JsonNode?)attribute.Value))), ["at"] = alert.At.ToString("O", CultureInfo.InvariantCulture),
            },
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private JsonObject Body(TradeAlert alert, string? chat) => Shape(template, alert, chat);

    // Telegram's address carries the chat as chat_id=..., which belongs into the body.
    private async Task<(Uri Address, string? Chat)> AddressAsync(CancellationToken cancellation)
    {
        string text;
        try
        {
            text = (await secrets.GetAsync(secret, cancellation)).Trim();
        }
        catch (SecretException missing)
        {
            throw new AlertException(missing.Message, AlertOutcome.NotSent);
        }
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw new AlertException($"the secret {secret} is no address of a webhook", AlertOutcome.NotSent);
        if (template != "telegram")
            return (address, null);
        return Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(address.Query).TryGetValue("chat_id", out var chat)
            ? (new Uri(address.GetLeftPart(UriPartial.Path)), chat.ToString())
            : throw new AlertException($"the secret {secret} must be an address like https://api.telegram.org/bot.../sendMessage?chat_id=...", AlertOutcome.NotSent);
    }
}
