using System.Globalization;
using Npgsql;
using Trading.Journal.Postgres;
using Trading.Journal.Sealing;

namespace Trading.Journal.Witnesses;

/// <summary>
/// Reads checkpoints backwards with the lines of witnesses beside them, and remembers the largest that enough have cosigned.
/// </summary>
internal sealed class QuorumSearch(WitnessQuorum quorum)
{
    // Far more than witnesses may be behind before that is said to be too much.
    private const int AtOnce = 1000;

    // The last checkpoint is always among them, cosigned or not.
    private const string Cosigned = "select c.position, c.note, array(select w.line from audit.cosignatures w where w.position = "
        + "c.position order by w.witness), array(select w.witness from audit.cosignatures w where w.position = c.position order by "
        + "w.witness) from audit.checkpoints c where c.position < $1 and (c.position in (select position from audit.cosignatures where "
        + "position < $1 group by position order by position desc limit $2) or ($1 = 9223372036854775807 and c.position = (select "
        + "max(position) from audit.checkpoints))) order by c.position desc";

    private readonly List<string> _wrong = [];
    private Checkpoint? _last, _best;
    private int _signed;

    /// <summary>Takes a checkpoint with the lines of witnesses that it has.</summary>
    public void Take(SignedCheckpoint checkpoint)
    {
        if (checkpoint.Checkpoint.Size > (_best?.Size ?? -1) && quorum.Count(checkpoint) is var signed && signed >= quorum.Needed)
            (_best, _signed) = (checkpoint.Checkpoint, signed);
    }

    /// <summary>Reads the next ones backwards.</summary>
    /// <param name="database">The journal's database.</param>
    /// <param name="before">The position that they stand before.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The position of the first of them; null where there are no more.</returns>
    public async Task<long?> ReadAsync(NpgsqlDataSource database, long before, CancellationToken cancellation)
    {
        if (!await StoredCosignatures.IsThereAsync(database, cancellation))
            return null;
        var rows = await database.RowsAsync(Cosigned,
            row => (row.GetInt64(0), Note: row.GetString(1), Lines: row.GetFieldValue<string[]>(2),
                Witnesses: row.GetFieldValue<string[]>(3)), cancellation, before, AtOnce);
        foreach (var (position, note, lines, witnesses) in rows)
        {
            if (Read(note) is not { } checkpoint)
                continue;
            _last ??= checkpoint.Checkpoint;
            foreach (var (line, witness) in lines.Zip(witnesses))
                Check(line, witness, position, checkpoint.Checkpoint);
            Take(checkpoint.With(lines));
        }
        return rows.Count < AtOnce ? null : rows[^1].Item1;
    }

    /// <summary>What came of it.</summary>
    public QuorumFound Found()
    {
        if (_best is null)
            _wrong.Add($"no checkpoint is cosigned by {quorum.Needed} of the {quorum.Keys.Count} witnesses");
        else if (_last is not null && _last.At - _best.At > quorum.MostBehind)
            _wrong.Add(FormattableString.Invariant($"the last checkpoint that {quorum.Needed} of the {quorum.Keys.Count} witnesses ")
                + FormattableString.Invariant($"cosigned is of {_best.Size:N0} events from {_best.At:u}, ")
                + FormattableString.Invariant($"the journal's last of {_last.Size:N0} from {_last.At:u}"));
        return new(_signed, quorum.Keys.Count, _best, _wrong);
    }

    private void Check(string line, string witness, long position, Checkpoint checkpoint)
    {
        if (quorum.Keys.FirstOrDefault(key => SignedCheckpoint.Signature(line)?.Name == key.Name) is not { } named)
            return;
        if (named.Saw(line, checkpoint) is null)
            _wrong.Add(string.Create(CultureInfo.InvariantCulture, $"the cosignature of {named.Name} beside checkpoint {position} "
                + $"of {checkpoint.Size:N0} events is not over this checkpoint, or not by this witness"));
        else if ($"{named}" != witness)
            _wrong.Add(string.Create(CultureInfo.InvariantCulture, $"the cosignature of {named.Name} beside checkpoint {position} "
                + $"of {checkpoint.Size:N0} events stands under another witness, {witness}"));
    }

    private static SignedCheckpoint? Read(string note)
    {
        try
        {
            return SignedCheckpoint.Parse(note);
        }
        catch (FormatException)
        {
            // The verification of the checkpoints names it.
            return null;
        }
    }
}
