using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Audit;
using Trading.Hosting.Settings;
using Trading.Hosting.Telemetry;
using Trading.Journal.Events;

namespace Trading.Services.Models;

/// <summary>
/// The boosted model. A file that another one takes the place of is read at the next question, which the journal then knows; one that
/// cannot be used is told, and the model goes on as it was. A model that has expired abstains.
/// </summary>
/// <param name="settings">Where the file is, and when it expires.</param>
/// <param name="replaced">Records that another file was taken; null for nowhere.</param>
/// <param name="log">Tells what cannot be used.</param>
/// <param name="drift">Measures how far it has moved away from its training; null for nothing.</param>
internal sealed class BoostedForecaster(TradingSettings settings, Func<ProgramModel, CancellationToken, Task>? replaced, ILogger log,
    ModelDrift? drift = null) : IForecaster
{
    private readonly Lock _gate = new();
    private readonly FeatureDrift _drift = new();
    private BoostedModel? _model;
    private DateTime _writtenAt;

    // Files that took the place of another, and how many of them are recorded. The journal may not answer: the next question records then.
    private int _taken, _recorded;

    /// <inheritdoc/>
    public string Name => BoostedModel.Name;

    /// <inheritdoc/>
    public bool Remote => false;

    private SemaphoreSlim Recording { get; } = new(1, 1);

    /// <inheritdoc/>
    public async Task<ModelOutput> ForecastAsync(ForecastQuestion question, CancellationToken deadline)
    {
        var model = await ModelAsync(deadline);
        var age = question.Price.IntervalStart - model.TrainedTo;
        if (settings.RetrainDays > 0 && age > TimeSpan.FromDays(2 * settings.RetrainDays))
        {
            return new(Name, null, null, null, FormattableString.Invariant(
                $"it has expired: it was trained up to {model.TrainedTo:yyyy-MM-dd}, {age.TotalDays:0} days ago; trading model retrain"));
        }
        WindowPrice[] prices = [.. question.Prices];
        if (_drift.Add(model, prices) is { } drifted)
        {
            log.LogWarning("{Symbol}: what the model {Model} sees is no longer what it was trained on: {Features}",
                question.Price.Symbol, Name, drifted);
        }
        var answer = model.Output(prices);
        if (answer.Abstained is null)
            Measure(question.Price.Symbol, model, prices, answer);
        return answer;
    }

    private void Measure(string symbol, BoostedModel model, ReadOnlySpan<WindowPrice> prices, ModelOutput answer)
    {
        Span<double> features = stackalloc double[BoostedFeatures.PriceCount];
        if (BoostedFeatures.Compute(prices[^BoostedFeatures.Prices..], [], [], model.IntervalSeconds, features, out _))
            drift?.Add(symbol, model.Seen, features, answer);
    }

    private async Task<BoostedModel> ModelAsync(CancellationToken cancellation)
    {
        var model = Newest();
        if (Volatile.Read(ref _recorded) != Volatile.Read(ref _taken))
            await RecordAsync(cancellation);
        return model;
    }

    // Once for all questions that come meanwhile: none is answered by a file of which the journal knows nothing.
    private async Task RecordAsync(CancellationToken cancellation)
    {
        await Recording.WaitAsync(cancellation);
        try
        {
            var taken = Volatile.Read(ref _taken);
            if (taken == _recorded)
                return;
            if (replaced is not null)
                await replaced(ModelFile.Describe(Name, settings), cancellation);
            Volatile.Write(ref _recorded, taken);
        }
        finally
        {
            Recording.Release();
        }
    }

    // The file of the start is in the record of the start: it is not new.
    private BoostedModel Newest()
    {
        var file = settings.BoostedModelFile!;
        lock (_gate)
        {
            var (known, written) = (_model, File.GetLastWriteTimeUtc(file));
            if (known is not null && written == _writtenAt)
                return known;
            try
            {
                _writtenAt = written;
                _model = ModelFile.ReadBoosted(file);
                if (known is not null)
                    Volatile.Write(ref _taken, _taken + 1);
                return _model;
            }
            catch (ModelFileException unusable) when (known is not null)
            {
                log.LogError("The new file of the model {Model} cannot be used, the earlier one stays: {Reason}", Name, unusable.Message);
                return known;
            }
        }
    }
}

/// <summary>Makes the boosted model from its file.</summary>
internal sealed class BoostedModelMaker : IModelMaker
{
    /// <inheritdoc/>
    public string Name => BoostedModel.Name;

    /// <inheritdoc/>
    public IForecaster Create(ModelParts parts)
    {
        // As with the start of a program: a recorded run is the same each time.
        return new BoostedForecaster(parts.Settings, parts.Settings.Feed.IsPlayed() ? null : RecordAsync,
            parts.Services.GetRequiredService<ILogger<BoostedForecaster>>(),
            new(Name, BoostedFeatures.Names, parts.Services.GetRequiredService<TradingMetrics>()));

        Task RecordAsync(ProgramModel model, CancellationToken cancellation)
        {
            var journal = parts.Services.GetRequiredService<TradeJournal>();
            return ProgramRecord.AppendAsync(
                journal, new ModelReplaced(journal.Writer.Service, model, TimeProvider.System.GetUtcNow()), cancellation);
        }
    }
}
