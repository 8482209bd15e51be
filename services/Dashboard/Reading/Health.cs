using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using Trading.Aws;
using Trading.Hosting.Background;
using Trading.Hosting.Settings;
using Trading.Journal.Sealing;

namespace Trading.Dashboard.Reading;

/// <summary>How a part of the system is.</summary>
/// <param name="Name">The part, for example executor or seal.</param>
/// <param name="State">good, warning, bad, or unknown.</param>
/// <param name="Told">In a few words.</param>
public sealed record PartHealth(string Name, string State, string Told);

/// <summary>Asks the parts of the system how they are, at most every few seconds however many look.</summary>
public sealed class Health : IDisposable
{
    private const int MostBytes = 1 << 20;
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5), Patience = TimeSpan.FromSeconds(2);
    private readonly DashboardDatabase _database;
    private readonly JournalView _view;
    private readonly TradingSettings _settings;
    private readonly HealthCheckService _checks;
    private readonly Supervision _supervision;
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
    { Timeout = Patience, MaxResponseContentBufferSize = MostBytes };
    private readonly Queues? _queues;
    private readonly SemaphoreSlim _one = new(1, 1);
    private long _asked;
    private IReadOnlyList<PartHealth> _known = [];

    /// <summary>The parts that the settings name.</summary>
    public Health(
        DashboardDatabase database, JournalView view, TradingSettings settings, HealthCheckService checks, Supervision supervision)
    {
        (_database, _view, _settings, _checks, _supervision) = (database, view, settings, checks, supervision);
        _queues = settings.Transport == TransportKind.AmazonSqs
            ? new(new(settings.AwsRegion, settings.AwsServiceUrl, settings.Scope), TimeProvider.System) : null;
    }

    /// <summary>The parts of the system.</summary>
    public async Task<IReadOnlyList<PartHealth>> PartsAsync(CancellationToken cancellation)
    {
        if (_asked != 0 && TimeProvider.System.GetElapsedTime(_asked) < Fresh)
            return _known;
        await _one.WaitAsync(cancellation);
        try
        {
            if (_asked != 0 && TimeProvider.System.GetElapsedTime(_asked) < Fresh)
                return _known;
            var parts = new List<PartHealth>(await Task.WhenAll(_settings.DashboardServices
                .Select(service => ServiceAsync(service, cancellation))));
            if (_settings.DashboardServices.Count == 0)
                parts.Add(await HereAsync(cancellation));
            parts.AddRange(_view.Read(view => Journaled(view).ToList()));
            parts.Add(await SealAsync(cancellation));
            parts.AddRange(_supervision.All.Where(work => work.DegradedSince is not null)
                .Select(work => new PartHealth(work.Work, "bad", work.LastError ?? "fails")));
            if (_queues is not null)
                parts.Add(await QueuesAsync(_queues, cancellation));
            (_known, _asked) = (parts, TimeProvider.System.GetTimestamp());
            return _known;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _http.Dispose();
        _queues?.Dispose();
        _one.Dispose();
    }

    private async Task<PartHealth> ServiceAsync(string service, CancellationToken cancellation)
    {
        var parts = service.Split('=', 2);
        try
        {
            using var answer = await _http.GetAsync(new Uri(new Uri(parts[1]), "/health/ready"), cancellation);
            if (!answer.IsSuccessStatusCode)
                return new(parts[0], "bad", "answers that it is not ready");
            var works = await _http.GetFromJsonAsync<List<WorkHealth>>(new Uri(new Uri(parts[1]), "/health/work"), cancellation);
            return works?.Find(work => work.DegradedSince is not null) is { } failing
                ? new(parts[0], "warning", $"{failing.Work}: {failing.LastError}") : new(parts[0], "good", "ready");
        }
        catch (Exception away) when (away is HttpRequestException or System.Text.Json.JsonException
            || (away is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return new(parts[0], "bad", "does not answer");
        }
    }

    private async Task<PartHealth> HereAsync(CancellationToken cancellation)
    {
        var report = await _checks.CheckHealthAsync(check => check.Tags.Contains("ready"), cancellation);
        var bad = report.Entries.Where(entry => entry.Value.Status != HealthStatus.Healthy).Select(entry => entry.Key).ToList();
        return bad.Count == 0 ? new("services", "good", "ready")
            : new("services", report.Status == HealthStatus.Unhealthy ? "bad" : "warning", $"not ready: {string.Join(", ", bad)}");
    }

    private IEnumerable<PartHealth> Journaled(JournalView view)
    {
        foreach (var (symbol, seen) in view.Prices)
        {
            var price = seen.Last;
            var taken = price.Quotes.Count(quote => quote.LeftOut is null);
            var asked = price.Quotes.Count + price.Missing.Count;
            var age = TimeProvider.System.GetUtcNow() - price.IntervalStart;
            // Played prices have a time of their own.
            var played = view.Account.State?.MarketData == "recorded" || _settings.Feed.IsPlayed();
            var stale = !played && age.TotalSeconds > _settings.AlertPriceAgeSeconds;
            yield return new($"feeds {symbol}", stale ? "bad" : taken < asked ? "warning" : "good",
                stale ? string.Create(CultureInfo.InvariantCulture, $"the last price is {age.TotalMinutes:N0} minutes old")
                : $"{taken} of {asked} sources{(price.Simulated ? ", simulated" : "")}");
        }
        if (view.LastPrediction is { } prediction)
        {
            var answered = prediction.Models.Count(model => model.Abstained is null);
            yield return new("models", answered == prediction.Models.Count ? "good" : answered == 0 ? "bad" : "warning",
                answered == prediction.Models.Count ? $"{answered} of {prediction.Models.Count} answered" : string.Join("; ",
                    prediction.Models.Where(model => model.Abstained is not null).Select(model => $"{model.Model}: {model.Abstained}")));
        }
        yield return view.Account.State?.External is not { } external ? new("exchange", "good", _settings.Exchange)
            : external.Pending ? new("exchange", "warning", $"comparing with {external.Exchange}")
            : external.Differences.Count > 0 ? new("exchange", "bad", $"{external.Differences.Count} differences with {external.Exchange}")
            : new("exchange", "good", $"{external.Exchange}, no difference");
        if (view.Unreadable > 0)
            yield return new("journal", "bad", $"{view.Unreadable} events are of a newer version and cannot be read");
    }

    private async Task<PartHealth> SealAsync(CancellationToken cancellation)
    {
        if (_settings.SealIntervalSeconds == 0)
            return new("seal", "unknown", "the journal is not sealed: Trading:SealIntervalSeconds=0");
        try
        {
            if (await SealedTree.LastAsync(_database.Journal, cancellation) is not { } last)
                return new("seal", "warning", "no event is sealed yet");
            await using var command = _database.Journal.CreateCommand("select max(seq_id) from audit.leaves");
            var waiting = _view.Sequence - (await command.ExecuteScalarAsync(cancellation) as long? ?? 0);
            var behind = waiting > 0
                && TimeProvider.System.GetUtcNow() - last.Checkpoint.At > TimeSpan.FromSeconds(_settings.AlertSealLagSeconds);
            return new("seal", behind ? "bad" : "good", string.Create(CultureInfo.InvariantCulture,
                $"{last.Checkpoint.Size:N0} events sealed{(behind ? $", {waiting:N0} wait since {last.Checkpoint.At:HH:mm} UTC" : "")}"));
        }
        catch (Exception wrong) when (wrong is SealException or NpgsqlException)
        {
            return new("seal", "bad", wrong.Message);
        }
    }

    private static async Task<PartHealth> QueuesAsync(Queues queues, CancellationToken cancellation)
    {
        try
        {
            var stuck = (await queues.StuckAsync("", cancellation)).Where(queue => queue.Waiting > 0).ToList();
            return stuck.Count == 0 ? new("queues", "good", "nothing in an error queue")
                : new("queues", "bad", string.Join(", ", stuck.Select(queue => $"{queue.Waiting} in {queue.Name}")));
        }
        catch (Exception failure) when (Queues.IsUsersError(failure))
        {
            return new("queues", "unknown", "the queues may not be read");
        }
    }
}
