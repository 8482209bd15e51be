using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;
using Trading.Journal.Tables;

namespace Trading.Hosting.Alerts;

/// <summary>Raises alerts: each is stored once for each channel in the journal's database, from which it is sent.</summary>
public sealed class AlertBook(AlertClaims claims, IEnumerable<IAlertChannel> channels, ILogger<AlertBook> log) : IDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    private readonly List<string> _channels = [.. channels.Select(channel => channel.Channel)];
    private readonly SemaphoreSlim _new = new(0);

    /// <summary>Raises an alert; does nothing when any process has raised it before.</summary>
    public async Task RaiseAsync(TradeAlert alert, CancellationToken cancellation)
    {
        if (!await claims.RaiseAsync(alert.Key, JsonSerializer.Serialize(alert, Json), _channels, cancellation))
            return;
        log.LogDebug("Raised {Key}", alert.Key);
        _new.Release();
    }

    /// <summary>Waits until an alert is raised in this process, or until the time is over.</summary>
    public Task<bool> AnyAsync(TimeSpan most, CancellationToken cancellation) => _new.WaitAsync(most, cancellation);

    /// <inheritdoc/>
    public void Dispose() => _new.Dispose();

    /// <summary>Reads a stored alert.</summary>
    /// <exception cref="JsonException">Another version of the program wrote it.</exception>
    public static TradeAlert Read(string payload) =>
        JsonSerializer.Deserialize<TradeAlert>(payload, Json)
            is { Key: not null, Subject: not null, Text: not null, Attributes: not null } alert
            ? alert : throw new JsonException("it lacks a part");
}
