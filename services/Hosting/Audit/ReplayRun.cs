using Npgsql;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Hosting.Stores;
using Trading.Journal.Checks;
using Trading.Journal.Events;
using Trading.Journal.Tables;

namespace Trading.Hosting.Audit;

/// <summary>What came of a replay.</summary>
/// <param name="Replay">Figures.</param>
/// <param name="Differences">Events in the range that differ.</param>
/// <param name="First">The first of them.</param>
/// <param name="Strategies">Answers of built-in strategies that were computed again.</param>
/// <param name="TakenAsRecorded">Answers of models and strategies that were not, by name.</param>
/// <param name="History">The price history compared with the journal's prices; null where there is none in the journal's database.</param>
public sealed record ReplayResult(Replay Replay, long Differences, IReadOnlyList<ReplayDifference> First, long Strategies,
    IReadOnlyDictionary<string, long> TakenAsRecorded, HistoryCheck? History);

/// <summary>Computes every decision of a journal again, with prices from the history where its own do not reach back far enough.</summary>
public static class ReplayRun
{
    /// <summary>Most differences that are named.</summary>
    public const int MostNamed = 10;

    /// <summary>Replays all events; differences are those of events in a range of time.</summary>
    public static async Task<ReplayResult> RunAsync(NpgsqlDataSource database, string connectionString, TradingSettings settings,
        DateTimeOffset from, DateTimeOffset to, IProgress<long>? progress, CancellationToken cancellation)
    {
        var elsewhere = PriceStores.HistoryElsewhere(settings);
        using var owned = elsewhere as IDisposable;
        await using var prices = elsewhere is null && await PriceHistory.IsThereAsync(database, cancellation)
            ? new PriceHistory(connectionString) : null;
        var history = elsewhere ?? (prices is null ? null : new PostgresPrices(prices));
        var (replay, compared) = (new Replay(), prices is null ? null : new HistoryCheck(database));
        var strategies = new StrategyReplay(replay, history, settings);
        var (count, first) = (0L, new List<ReplayDifference>());
        var (begin, end, done) = (long.MaxValue, long.MinValue, 0L);
        await foreach (var batch in JournalReader.EventsAsync(database, 0, cancellation))
        {
            foreach (var read in batch)
            {
                var earlier = history is not null && replay.Asks(read.Event) is { } question
                    ? await AnswerAsync(history, question, cancellation) : null;
                var within = read.At >= from && read.At < to;
                if (within)
                    (begin, end) = (Math.Min(begin, read.Sequence), read.Sequence);
                if (replay.Add(read.Sequence, read.StreamId, read.Version, read.Event, earlier) is { } difference && within)
                    Take(difference);
                if (await strategies.AddAsync(read, cancellation) is { } answer && within)
                    Take(answer);
                if (compared is not null && within)
                    await compared.AddAsync(read.Event, cancellation);
            }
            progress?.Report(done += batch.Count);
        }
        foreach (var difference in replay.End().Concat(strategies.End())
            .Where(difference => difference.Sequence >= begin && difference.Sequence <= end))
            Take(difference);
        if (compared is not null)
            await compared.CompareAsync(cancellation);
        return new(replay, count, first, strategies.Computed,
            replay.AnswersTakenAsRecorded.Concat(strategies.TakenAsRecorded).ToDictionary(), compared);

        void Take(ReplayDifference difference)
        {
            count++;
            if (first.Count < MostNamed)
                first.Add(difference);
        }
    }

    private static async Task<IReadOnlyList<EarlierPrice>> AnswerAsync(
        IPriceHistory history, PriceQuestion question, CancellationToken cancellation) =>
        [.. (await history.LastAsync(question.Symbol, question.IntervalSeconds, question.UpToUnixSeconds, question.Count, cancellation))
            .Select(point => new EarlierPrice(point.UnixSeconds, point.Price))];
}
