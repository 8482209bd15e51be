using Microsoft.Extensions.Logging;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Services.Models;
using Trading.TestKit.Programs;

namespace Trading.Services.Tests.Models;

/// <summary>A file of a boosted model, a forecaster that reads it, and what they are asked.</summary>
public abstract class BoostedForecasterTest : IDisposable
{
    private protected const int Hour = 3600;
    private protected static readonly DateTimeOffset Trained = new(2024, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private protected readonly string _file = Path.Combine(Directory.CreateTempSubdirectory("trading-test-").FullName, "boosted.json");
    private protected readonly LogCapture _log = new(LogLevel.Warning);
    private protected readonly List<ProgramModel> _replaced = [];

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        Directory.Delete(Path.GetDirectoryName(_file)!, recursive: true);
    }

    private protected BoostedForecaster Forecaster(int retrainDays = 0) => new(
        new() { BoostedModelFile = _file, RetrainDays = retrainDays }, (model, _) =>
        {
            _replaced.Add(model);
            return Task.CompletedTask;
        }, _log.CreateLogger(""));

    private protected void Write(BoostedModel model, int minutes)
    {
        ModelFile.Write(model, _file);
        File.SetLastWriteTimeUtc(_file, Trained.UtcDateTime.AddMinutes(minutes));
    }

    // One leaf that always gives the same score, which stands for a chance of 0.4 or 0.6.
    private protected static BoostedModel Model(double score) => new(
        BoostedModel.FormatName, BoostedModel.CurrentVersion, BoostedFeatures.Definition, false, Hour, 1, 1, Trained.AddYears(-2), Trained,
        17_000, "00", new(1000, 0.51, 0.2499), new([-1, 1], [0.4, 0.6]), 0.8, new double[BoostedFeatures.PriceCount],
        [.. Enumerable.Repeat(1.0, BoostedFeatures.PriceCount)], [new([-1], [0], [0], [0], [score])]);

    private protected static ForecastQuestion Question(DateTimeOffset? at = null)
    {
        var (random, end) = (new Random(1), at ?? Trained.AddDays(1));
        WindowPrice[] prices = [.. Enumerable.Range(-250, 251)
            .Select(hour => new WindowPrice(end.AddHours(hour).ToUnixTimeSeconds(), 60_000 + 300 * random.NextDouble()))];
        var price = new PriceObserved(Guid.Empty, "BTC-USD", end, Hour, end, (decimal)prices[^1].Price, "USD", null, null, null, false,
            new(60, 1, 1, ["USD"]), [], []);
        return new(price, new(251, 0, 0, 0, 0, 0, 0, ""), prices, Hour, end.AddHours(1));
    }
}
