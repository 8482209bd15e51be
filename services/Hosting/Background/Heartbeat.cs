using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Trading.Hosting.Secrets;
using Trading.Hosting.Settings;

namespace Trading.Hosting.Background;

/// <summary>
/// Calls an outside address every minute while the program is ready and no other work of it fails. Somebody outside raises the alarm when
/// the calls stop: the one alert that needs neither the database nor this program.
/// </summary>
public sealed class Heartbeat(HealthCheckService health, ISecretStore secrets, TradingSettings settings, TimeProvider real,
    Supervision supervision, ILogger<Heartbeat> log)
    : BackgroundWork(Name, supervision, log)
{
    /// <summary>Time between two calls.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    private const string Name = "heartbeat";
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
    { Timeout = TimeSpan.FromSeconds(10) };

    /// <inheritdoc/>
    protected override TimeSpan? Interval => Every;

    /// <inheritdoc/>
    protected override TimeProvider Time => real;

    /// <inheritdoc/>
    public override void Dispose()
    {
        _http.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task StepAsync(CancellationToken stopping)
    {
        if ((await health.CheckHealthAsync(check => check.Tags.Contains("ready"), stopping)).Status != HealthStatus.Healthy
            || Supervision.All.Any(work => work.Degraded && work.Work != Name))
            return;
        // The address is a secret: it is part of no error.
        if (!Uri.TryCreate((await secrets.GetAsync(settings.HeartbeatSecret!, stopping)).Trim(), UriKind.Absolute, out var address)
            || !WebAddress.MayAsk(address, settings.PlainHttpHosts))
            throw new InvalidDataException($"the secret {settings.HeartbeatSecret} is no address: {WebAddress.Wanted}");
        await CallAsync(address, stopping);
    }

    // The framework's messages name the address's host.
    private async Task CallAsync(Uri address, CancellationToken cancellation)
    {
        try
        {
            using var response = await _http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, cancellation);
            if (!response.IsSuccessStatusCode)
                throw new InvalidDataException($"the heartbeat's address answered HTTP {(int)response.StatusCode}");
        }
        catch (HttpRequestException away)
        {
            throw new InvalidDataException($"the heartbeat's address does not answer ({away.HttpRequestError})");
        }
    }
}
