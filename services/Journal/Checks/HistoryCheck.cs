using Npgsql;
using NpgsqlTypes;
using Trading.Contracts;
using Trading.Core;
using Trading.Journal.Events;
using Trading.Journal.Tables;

namespace Trading.Journal.Checks;

/// <summary>A price that the history has otherwise than the journal.</summary>
public sealed record WrongPrice(string Symbol, int IntervalSeconds, DateTimeOffset At, decimal Journal, decimal History);

/// <summary>
/// Compares the price history with the prices in the journal, wherever both have one: the next decision's window is made of the history,
/// so a person who can change it decides. Give it the journal's events in order.
/// </summary>
public sealed class HistoryCheck(NpgsqlDataSource database)
{
    /// <summary>Most prices that are named.</summary>
    public const int MostNamed = 20;

    private const int Batch = 5000;

    private const string Other = """
        select j.symbol, j.interval_seconds, j.interval_start, j.price, h.price
        from unnest($1, $2, $3, $4) as j (symbol, interval_seconds, interval_start, price)
        join price_history h using (symbol, interval_seconds, interval_start)
        where h.price <> j.price
        """;

    private readonly List<(string Symbol, int Interval, long At, decimal Price)> _waiting = new(Batch);
    private readonly List<WrongPrice> _first = [];

    /// <summary>Prices of the journal that were compared.</summary>
    public long Prices { get; private set; }

    /// <summary>How many of them the history has otherwise.</summary>
    public long Wrongs { get; private set; }

    /// <summary>The first of them.</summary>
    public IReadOnlyList<WrongPrice> First => _first;

    /// <summary>Takes the next event.</summary>
    public ValueTask AddAsync(object happened, CancellationToken cancellation)
    {
        switch (happened)
        {
            case TradeProposed { Prediction: { Price: var price, Window: var window } }:
                foreach (var (at, earlier) in window.Between ?? [])
                    _waiting.Add((price.Symbol, price.IntervalSeconds, at, earlier));
                Add(price);
                break;
            case ExitProposed { Price: var price }:
                Add(price);
                break;
        }
        return _waiting.Count < Batch ? default : new(CompareAsync(cancellation));
    }

    /// <summary>Compares what was taken and not compared yet.</summary>
    public async Task CompareAsync(CancellationToken cancellation)
    {
        if (_waiting.Count == 0)
            return;
        await using var command = database.CreateCommand(Other);
        command.Parameters.Add(new() { Value = _waiting.Select(price => price.Symbol).ToArray() });
        command.Parameters.Add(new() { Value = _waiting.Select(price => price.Interval).ToArray() });
        command.Parameters.Add(new() { Value = _waiting.Select(price => price.At).ToArray() });
        command.Parameters.Add(
            new() { Value = _waiting.Select(price => price.Price).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Numeric });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            var wrong = new WrongPrice(reader.GetString(0), reader.GetInt32(1), DateTimeOffset.FromUnixTimeSeconds(reader.GetInt64(2)),
                reader.GetDecimal(3), reader.GetDecimal(4));
            // Windows take prices in whole units: what is below one changes nothing.
            if (PriceWindow.InUnits(wrong.Journal) == PriceWindow.InUnits(wrong.History))
                continue;
            Wrongs++;
            if (_first.Count < MostNamed)
                _first.Add(wrong);
        }
        Prices += _waiting.Count;
        _waiting.Clear();
    }

    /// <summary>
    /// Compares the prices that came from elsewhere with what was committed to when they came: what differs, one line each.
    /// </summary>
    public static async Task<(int Days, IReadOnlyList<string> Wrong)> CommittedAsync(NpgsqlDataSource database,
        CancellationToken cancellation)
    {
        var newest = new Dictionary<(string, int, DateOnly, string), PricesCommitted>();
        await foreach (var stored in StreamReading.ReadAsync(database, AuditLeaf.PriceStream, cancellation: cancellation))
        {
            if (stored.Event() is PricesCommitted committed)
                newest[(committed.Symbol, committed.IntervalSeconds, committed.Day, committed.Source)] = committed;
        }
        var wrong = new List<string>();
        foreach (var committed in newest.Values)
        {
            var prices = await OfAsync(database, committed, cancellation);
            if (prices.Count != committed.Count || PricesCommitted.Digest(prices) != committed.Sha256)
                wrong.Add(FormattableString.Invariant($"the prices of {committed.Symbol} that {committed.Source} gave for ")
                    + FormattableString.Invariant($"{committed.Day:yyyy-MM-dd} are not those that were committed to on ")
                    + FormattableString.Invariant($"{committed.At:yyyy-MM-dd}: ")
                    + FormattableString.Invariant($"{prices.Count} of {committed.Count} are there, with another digest"));
        }
        return (newest.Count, wrong);
    }

    private static async Task<List<PricePoint>> OfAsync(
        NpgsqlDataSource database, PricesCommitted committed, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select interval_start, price from price_history where symbol = $1 and "
            + "interval_seconds = $2 and interval_start >= $3 and interval_start <= $4 and sources = array[$5] order by interval_start");
        command.Parameters.Add(new() { Value = committed.Symbol });
        command.Parameters.Add(new() { Value = committed.IntervalSeconds });
        command.Parameters.Add(new() { Value = new DateTimeOffset(committed.Day, TimeOnly.MinValue, TimeSpan.Zero).ToUnixTimeSeconds() });
        command.Parameters.Add(new() { Value = committed.ToUnixSeconds });
        command.Parameters.Add(new() { Value = committed.Source });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var prices = new List<PricePoint>();
        while (await reader.ReadAsync(cancellation))
            prices.Add(new(reader.GetInt64(0), reader.GetDecimal(1)));
        return prices;
    }

    /// <summary>Compares the newest prices of the journal alone, as a program does at its start.</summary>
    /// <param name="database">The journal.</param>
    /// <param name="events">How many of its last events are looked at.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<HistoryCheck> NewestAsync(NpgsqlDataSource database, int events, CancellationToken cancellation)
    {
        var check = new HistoryCheck(database);
        if (!await PriceHistory.IsThereAsync(database, cancellation))
            return check;
        var newest = await JournalReader.LastSequenceAsync(database, cancellation);
        await foreach (var batch in JournalReader.EventsAsync(database, newest - events, cancellation))
        {
            foreach (var read in batch)
                await check.AddAsync(read.Event, cancellation);
        }
        await check.CompareAsync(cancellation);
        return check;
    }

    private void Add(PriceObserved price) =>
        _waiting.Add((price.Symbol, price.IntervalSeconds, price.IntervalStart.ToUnixTimeSeconds(), price.Price));
}
