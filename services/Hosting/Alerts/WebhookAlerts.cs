using System.Globalization;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Trading.Aws;
using Trading.Hosting.Secrets;
using Trading.Hosting.Settings;

namespace Trading.Hosting.Alerts;

/// <summary>Alerts to a webhook, whose address is a secret, in the format of Slack, Discord or Telegram, or as plain JSON.</summary>
/// <param name="template">The format.</param>
/// <param name="secret">Name of the secret with the address.</param>
/// <param name="secrets">Where the secret is.</param>
/// <param name="timeout">Longest wait for an answer.</param>
/// <param name="plainHosts">Hosts that may be asked by http.</param>
/// <param name="buttons">Whether alerts in Telegram carry buttons, which the dashboard's bot answers.</param>
public sealed class WebhookAlerts(
    string template, string secret, ISecretStore secrets, TimeSpan timeout, IReadOnlyList<string> plainHosts, bool buttons = false)
    : IAlertChannel, IDisposable
{
    // Discord takes 2000 characters, Telegram 4096.
    private const int MaxText = 1900;
    private readonly HttpClient _http =
        new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(2), AllowAutoRedirect = false }) { Timeout = timeout };

    /// <inheritdoc/>
    public string Channel => $"{template}:{secret}";

    /// <inheritdoc/>
    public async Task SendAsync(TradeAlert alert, CancellationToken cancellation)
    {
        var (address, chat) = await AddressAsync(cancellation);
        try
        {
            // Only the status of the answer matters: its body, however long, is not read.
            using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = JsonContent.Create(Body(alert, chat)) };
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            if (!answer.IsSuccessStatusCode)
                throw new AlertException($"the {template} webhook of secret {secret} answered {(int)answer.StatusCode}",
                    AlertTopic.MayHaveTaken(answer.StatusCode) ? AlertOutcome.Unsure : AlertOutcome.NotSent);
        }
        // The exception's message may contain the secret address, so it is not used.
        catch (HttpRequestException broken)
        {
            var unconnected = broken.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
                or HttpRequestError.SecureConnectionError
                || broken.GetBaseException() is SocketException { SocketErrorCode: SocketError.ConnectionRefused };
            throw new AlertException($"the {template} webhook of secret {secret} cannot be reached: {broken.HttpRequestError}",
                unconnected ? AlertOutcome.NotSent : AlertOutcome.Unsure);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new AlertException($"the {template} webhook of secret {secret} gave no answer within "
                + $"{_http.Timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s", AlertOutcome.Unsure);
        }
    }

    /// <summary>The body in the format of a template.</summary>
    /// <param name="template">The format.</param>
    /// <param name="alert">The alert.</param>
    /// <param name="chat">The chat, for Telegram.</param>
    /// <param name="buttons">Whether it carries buttons, in Telegram.</param>
    public static JsonObject Shape(string template, TradeAlert alert, string? chat, bool buttons = false)
    {
        var text = $"{alert.Subject}\n{alert.Text}";
        text = text.Length <= MaxText ? text : $"{text[..MaxText]}...";
        return template switch
        {
            // Slack would read these characters as links and mentions.
            "slack" => new()
            {
                ["text"] = text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal)
                    .Replace(">", "&gt;", StringComparison.Ordinal)
            },
            "discord" => new() { ["content"] = text, ["allowed_mentions"] = new JsonObject { ["parse"] = new JsonArray() } },
            "telegram" when buttons => new() { ["chat_id"] = chat, ["text"] = text, ["reply_markup"] = Buttons(alert) },
            "telegram" => new() { ["chat_id"] = chat, ["text"] = text },
            _ => new()
            {
                ["key"] = alert.Key, ["kind"] = DashedName.Of(alert.Kind.ToString()), ["subject"] = alert.Subject, ["text"] = alert.Text,
                ["attributes"] =
                    new JsonObject(alert.Attributes.Select(attribute => KeyValuePair.Create(attribute.Key, (JsonNode?)attribute.Value))),
                ["at"] = alert.At.ToString("O", CultureInfo.InvariantCulture),
            },
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private JsonObject Body(TradeAlert alert, string? chat) => Shape(template, alert, chat, buttons);

    private static JsonObject Buttons(TradeAlert alert)
    {
        var row = new JsonArray();
        if (alert.Key.StartsWith("trade/", StringComparison.Ordinal))
            row.Add(new JsonObject { ["text"] = "Why", ["callback_data"] = $"why:{alert.Key["trade/".Length..]}" });
        row.Add(new JsonObject { ["text"] = "Halt", ["callback_data"] = "halt" });
        return new() { ["inline_keyboard"] = new JsonArray(row) };
    }

    // Telegram's address contains the chat as chat_id=..., which is sent in the body.
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
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || !WebAddress.MayAsk(address, plainHosts))
            throw new AlertException($"the secret {secret} is no address of a webhook: {WebAddress.Wanted}", AlertOutcome.NotSent);
        if (template != "telegram")
            return (address, null);
        return Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(address.Query).TryGetValue("chat_id", out var chat)
            ? (new Uri(address.GetLeftPart(UriPartial.Path)), chat.ToString())
            : throw new AlertException(
                $"the secret {secret} must be an address like https://api.telegram.org/bot.../sendMessage?chat_id=...",
                AlertOutcome.NotSent);
    }
}

/// <summary>Makes a channel for each webhook.</summary>
internal sealed class WebhookAlertsMaker : IAlertMaker
{
    /// <inheritdoc/>
    public string Name => "webhook";

    /// <inheritdoc/>
    public IEnumerable<Func<IServiceProvider, IAlertChannel>> Channels(TradingSettings settings)
    {
        foreach (var webhook in settings.AlertWebhooks)
        {
            var (template, secret) = webhook.Split('=', 2) is [var before, var after] ? (before, after) : (webhook, "");
            yield return services => new WebhookAlerts(
                template, secret, services.GetRequiredService<ISecretStore>(), TimeSpan.FromSeconds(settings.AlertTimeoutSeconds),
                settings.PlainHttpHosts, buttons: settings.TelegramTokenSecret is not null);
        }
    }
}
