using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Hosting.Stores;
using Trading.Journal.Events;
using Trading.Journal.Tables;
using Trading.Services.Scoring;
using Trading.TestKit.Pipeline;

namespace Trading.Integration.Tests.Models;

/// <summary>What a Predictor scores with, on the stores that all replicas share.</summary>
internal sealed class ScoringReplica(TradeJournal journal, PriceHistory history) : IAsyncDisposable
{
    public static readonly TradingSettings ByRecord = InProcessSystem.Told with
    { EnsembleWeights = EnsembleWeighting.TrackRecord, HorizonSeconds = 600 };

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private ModelScores? _scores;

    public static async Task<ScoringReplica> StartAsync(string database)
    {
        var journal = new TradeJournal(database, new("test", "0"), TimeProvider.System);
        await journal.PrepareAsync();
        return new(journal, new PriceHistory(database));
    }

    public async Task<Dictionary<PriceObserved, IReadOnlyList<ModelWeight>>> WeighAsync(
        IEnumerable<PriceObserved> asked, IReadOnlyList<PriceObserved> all)
    {
        _scores ??= new(journal, new PostgresPrices(history), ByRecord, new(_services.GetRequiredService<IMeterFactory>()),
            NullLogger<ModelScores>.Instance);
        var weights = new Dictionary<PriceObserved, IReadOnlyList<ModelWeight>>();
        foreach (var price in asked)
        {
            var window = new PriceWindow(ByRecord.Pipeline().Window);
            foreach (var before in all.Where(before => before.IntervalStart <= price.IntervalStart))
                window.Add(before.IntervalStart.ToUnixTimeSeconds(), before.Price);
            weights[price] = (await _scores.WeighAsync(price, window.Prices(), CancellationToken.None))!;
        }
        return weights;
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await history.DisposeAsync();
        await journal.DisposeAsync();
    }
}
