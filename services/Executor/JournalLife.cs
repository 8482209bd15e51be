using Trading.Contracts;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Journal.Postgres;

namespace Trading.Services;

/// <summary>
/// Whether an earlier life could have sent an order of which this journal knows nothing: an earlier process, or the same one before a
/// standby without the last commits took over. Such an order is asked for before it is sent.
/// </summary>
public sealed class JournalLife(TradeJournal journal, TradingSettings settings, TimeProvider clock)
{
    // Clocks differ, and a price may have been on its way.
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private string? _life;
    private DateTimeOffset _began;
    private string? _noted;

    /// <summary>Whether an earlier life may have sent the order of a trade that was caused by a price.</summary>
    /// <param name="cause">The price: an order of a later one has an id that no earlier life knew.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="Npgsql.NpgsqlException">The database does not answer, or takes no writes.</exception>
    public async Task<bool> MayHaveSentAsync(PriceObserved cause, CancellationToken cancellation)
    {
        var life = await DatabaseLife.ReadAsync(journal.Database, cancellation);
        lock (_gate)
        {
            if (_life != life)
                (_life, _began) = (life, clock.GetUtcNow());
            return cause.ObservedAt <= _began + Margin;
        }
    }

    /// <summary>Notes the life with the account; the life before it when it has changed since it was last noted.</summary>
    /// <remarks>The account's stream is searched for the note once; from then on one question tells whether the life is still it.</remarks>
    public async Task<string?> ChangedFromAsync(CancellationToken cancellation)
    {
        var life = await DatabaseLife.ReadAsync(journal.Database, cancellation);
        if (life == _noted)
            return null;
        while (await journal.AccountAsync(settings.Account, cancellation) is { } account)
        {
            var before = await DatabaseLife.NotedAsync(journal.Database, settings.Account, cancellation);
            if (life == before)
            {
                _noted = life;
                return null;
            }
            if (await journal.AppendAsync(
                [new(account.State.Id, account.Version, [DatabaseLife.Note(life, before, clock.GetUtcNow())])],
                new(null, "reconciliation"), cancellation))
            {
                _noted = life;
                return before;
            }
        }
        return null;
    }
}
