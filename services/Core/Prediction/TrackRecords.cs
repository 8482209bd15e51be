namespace Trading.Core;

/// <summary>
/// The records of a fixed number of models on one symbol, folded from prices and forecasts in one pass and without allocation: what the
/// pipeline weighs by. The journal's scores give the same records to the last bit.
/// </summary>
/// <param name="models">Number of models.</param>
/// <param name="intervalSeconds">Seconds between prices.</param>
/// <param name="decisionIntervalSeconds">Seconds between predictions.</param>
/// <param name="horizonSeconds">How far ahead they look.</param>
public sealed class TrackRecords(int models, int intervalSeconds, int decisionIntervalSeconds, int horizonSeconds)
{
    private readonly double _share = TrackRecord.Share(decisionIntervalSeconds, horizonSeconds);
    private readonly long _mostLate = TrackRecord.MostLateSeconds(intervalSeconds);
    private readonly ModelRecord[] _records = new ModelRecord[models];
    // As many predictions as can be open at a time.
    private readonly (long Due, double Price)[] _open = new (long, double)[horizonSeconds / decisionIntervalSeconds + 2];
    private readonly Forecast[] _forecasts = new Forecast[(horizonSeconds / decisionIntervalSeconds + 2) * models];
    // Places in the rings, incremented: a division at each price would cost more than all the rest.
    private int _first, _count;

    /// <summary>A model's record, by its place in the order of the settings.</summary>
    public ref readonly ModelRecord this[int model] => ref _records[model];

    /// <summary>Takes the next price and scores what it ends; to be called before the prediction on it.</summary>
    public void Observe(long unixSeconds, double price)
    {
        for (; _count > 0; _count--)
        {
            var slot = _first;
            var (due, begin) = _open[slot];
            if (due > unixSeconds)
                return;
            _first = slot + 1 == _open.Length ? 0 : slot + 1;
            if (unixSeconds - due > _mostLate)
                continue;
            for (var model = 0; model < models; model++)
            {
                ref readonly var forecast = ref _forecasts[slot * models + model];
                if (!forecast.Abstained)
                    _records[model] = _records[model]
                        .With(Score.Of(forecast.PredictedPrice, forecast.Direction, forecast.Confidence, begin, price), _share);
            }
        }
    }

    /// <summary>
    /// Takes the forecasts on the last price, in the order of the models; <see cref="Forecast.None"/> where one abstained.
    /// </summary>
    public void Predict(long unixSeconds, double price, ReadOnlySpan<Forecast> forecasts)
    {
        var slot = _first + _count++;
        if (slot >= _open.Length)
            slot -= _open.Length;
        _open[slot] = (unixSeconds + horizonSeconds, price);
        forecasts.CopyTo(_forecasts.AsSpan(slot * models, models));
    }
}
