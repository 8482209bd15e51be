using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Npgsql;
using Trading.Hosting.Settings;
using Trading.Hosting.Telemetry;
using Trading.Journal.Sealing;
using Trading.Journal.Witnesses;

namespace Trading.Hosting.Sealing;

/// <summary>
/// Has checkpoints time stamped (RFC 3161) by the authority of the settings. One that cannot be reached keeps nothing back: it is logged
/// and counted, and the next checkpoint is stamped.
/// </summary>
public sealed class TimeStamping(NpgsqlDataSource database, TradingSettings settings, TradingMetrics metrics, ILogger log) : IDisposable
{
    private const string Query = "application/timestamp-query";
    private const int MaxAnswer = 64 * 1024;
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false })
    { Timeout = TimeSpan.FromSeconds(settings.WitnessTimeoutSeconds), MaxResponseContentBufferSize = MaxAnswer };
    private string? _said;

    /// <summary>Whether there is an authority.</summary>
    public bool Any => settings.TimeStampUrl is not null;

    /// <summary>The certificates that an authority's must come from; none when the settings name none.</summary>
    /// <exception cref="TimeStampException">The file cannot be read.</exception>
    public static X509Certificate2Collection Roots(TradingSettings settings)
    {
        var roots = new X509Certificate2Collection();
        if (settings.TimeStampCertificates is not { } file)
            return roots;
        try
        {
            roots.ImportFromPemFile(file);
            return roots.Count > 0 ? roots : throw new TimeStampException($"{file} holds no certificate (PEM)");
        }
        catch (Exception failed) when (failed is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new TimeStampException($"the certificates in {file} cannot be read: {failed.Message}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    /// <summary>Asks for a stamp of a checkpoint, and keeps it.</summary>
    public async Task StampAsync(SignedCheckpoint checkpoint, CancellationToken cancellation)
    {
        if (!Any)
            return;
        try
        {
            var token = await AskAsync(checkpoint, cancellation);
            TimeStamp.Check(token, checkpoint, Roots(settings));
            await TimeStamp.AddAsync(database, checkpoint, token, cancellation);
            metrics.TimeStamped("stamped");
            _said = null;
        }
        catch (Exception failed) when (failed is TimeStampException or HttpRequestException or CryptographicException
            || (failed is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            metrics.TimeStamped("failed");
            var why = failed is OperationCanceledException ? $"no answer within {settings.WitnessTimeoutSeconds} s" : failed.Message;
            if (_said != why)
                log.LogWarning("The checkpoint of {Size} events was not time stamped by {Url}: {Reason}",
                    checkpoint.Checkpoint.Size, settings.TimeStampUrl, why);
            _said = why;
        }
    }

    private async Task<byte[]> AskAsync(SignedCheckpoint checkpoint, CancellationToken cancellation)
    {
        var asked = TimeStamp.Ask(checkpoint);
        using var content = new ByteArrayContent(asked.GetEncoded());
        content.Headers.ContentType = new MediaTypeHeaderValue(Query);
        using var response = await _client.PostAsync(new Uri(settings.TimeStampUrl!), content, cancellation);
        if (!response.IsSuccessStatusCode)
            throw new TimeStampException($"it answers {(int)response.StatusCode}");
        return TimeStamp.Answer(asked, await response.Content.ReadAsByteArrayAsync(cancellation));
    }
}
