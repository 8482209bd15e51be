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

    // The journal may not answer when another file is taken: it is recorded at the next question then.
    private volatile bool _unrecorded;

    /// <inheritdoc/>
    public string Name => BoostedModel.Name;

    /// <inheritdoc/>
    public bool Remote => false;

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
        var model = Newest(out var isNew);
        _unrecorded |= isNew;
        if (_unrecorded && replaced is not null)
        {
            await replaced(ModelFile.Describe(Name, settings), cancellation);
            _unrecorded = false;
        }
        return model;
    }

    // The file of the start is in the record of the start: it is not new.
    private BoostedModel Newest(out bool isNew)
    {
        var file = settings.BoostedModelFile!;
        lock (_gate)
        {
            var (known, written) = (_model, File.GetLastWriteTimeUtc(file));
            isNew = false;
            if (known is not null && written == _writtenAt)
                return known;
            try
            {
                _writtenAt = written;
                _model = ModelFile.ReadBoosted(file);
                isNew = known is not null;
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
