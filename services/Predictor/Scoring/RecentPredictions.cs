using Trading.Contracts;

namespace Trading.Services.Scoring;

/// <summary>
/// The last predictions of this replica. A price that is delivered again gets the prediction that was made: the models are not paid twice,
/// and the same message is published. Another replica may call the models again and get another answer; the prediction id is the same, and
/// the RiskManager decides on the first one to arrive.
/// </summary>
public sealed class RecentPredictions
{
    /// <summary>How many are kept.</summary>
    public const int Kept = 64;

    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, Task<PredictionMade>> _predictions = [];
    private readonly Queue<Guid> _order = [];

    /// <summary>The prediction on a price: the one that was made or is being made, else a new one.</summary>
    public Task<PredictionMade> GetAsync(Guid priceId, Func<Task<PredictionMade>> make)
    {
        TaskCompletionSource<PredictionMade> made;
        lock (_lock)
        {
            if (_predictions.TryGetValue(priceId, out var known) && !known.IsFaulted && !known.IsCanceled)
                return known;
            made = new(TaskCreationOptions.RunContinuationsAsynchronously);
            if (known is null)
                _order.Enqueue(priceId);
            _predictions[priceId] = made.Task;
            if (_order.Count > Kept)
                _predictions.Remove(_order.Dequeue());
        }
        return MakeAsync(make, made);
    }

    private static async Task<PredictionMade> MakeAsync(Func<Task<PredictionMade>> make, TaskCompletionSource<PredictionMade> made)
    {
        var making = make();
        await Task.WhenAny(making);
        // Other deliveries that wait for the same prediction fail too, and are redelivered.
        made.SetFromTask(making);
        return await made.Task;
    }
}
