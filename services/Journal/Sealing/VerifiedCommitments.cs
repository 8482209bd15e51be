using Npgsql;
using Trading.Core;
using Trading.Journal.Events;
using Trading.Journal.Postgres;

namespace Trading.Journal.Sealing;

/// <summary>The commitments to redactable fields, compared with the values that stand in the events.</summary>
internal sealed class VerifiedCommitments(WrongList wrongs)
{
    private readonly Dictionary<(long Number, string Field), (byte[] Commitment, byte[]? Salt, long? Redaction)> _commitments = [];
    private readonly Dictionary<long, FieldRedacted> _redactions = [];

    /// <summary>What the leaf holds for a value: the commitment made from the value and its salt or, once redacted, the kept one.</summary>
    /// <param name="number">The event's audit number.</param>
    /// <param name="field">The field.</param>
    /// <param name="value">The value that stands in the event.</param>
    /// <param name="row">The event's row.</param>
    public byte[] CommitmentTo(long number, string field, string value, BinaryCopy row)
    {
        if (!_commitments.TryGetValue((number, field), out var kept))
            return new byte[MerkleTree.HashSize];
        if (kept.Salt is not null)
        {
            var made = AuditLeaf.Commit(kept.Salt, value);
            // The leaf holds the right one. Once the salt is deleted, a wrong commitment beside it could no longer be found.
            if (!made.AsSpan().SequenceEqual(kept.Commitment))
                wrongs.AddRow(WrongKind.Changed, row, $"has a commitment to {field} beside it that is not to its value");
            if (kept.Redaction is { } redacted)
                wrongs.AddRow(WrongKind.Changed, row,
                    FormattableString.Invariant($"has a value in {field}, though event {redacted} is said to have redacted it"));
            return made;
        }
        if (value != AuditLeaf.Redacted)
            wrongs.AddRow(WrongKind.Changed, row, $"has a value in {field}, which was redacted");
        else if (kept.Redaction is null || !_redactions.TryGetValue(kept.Redaction.Value, out var redaction)
            || redaction.Sequence != row.Int64(AuditLeaf.Sequence) || redaction.Field != field)
            wrongs.AddRow(WrongKind.Blanked, row, $"has no value in {field} any more, and no event of the journal says who redacted it");
        return kept.Commitment;
    }

    /// <summary>Reads all commitments, and the events that say which fields were redacted.</summary>
    public async Task LoadAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using (var command = new NpgsqlCommand(
            "select number, field, commitment, salt, redaction from audit.commitments", connection))
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation))
            {
                // A row that says nothing is as one that is gone: the leaf of its event does not fit then.
                if (reader.GetValue(0) is long number && reader.GetValue(1) is string field && reader.GetValue(2) is byte[] commitment)
                    _commitments[(number, field)] = (commitment, reader.GetValue(3) as byte[], reader.GetValue(4) as long?);
            }
        }
        await using var redactions = new NpgsqlCommand(
            $"select seq_id, data from mt_events where type = '{JournalReader.EventName(typeof(FieldRedacted))}' and seq_id in (select "
            + "redaction from audit.commitments where redaction is not null)", connection);
        await using var rows = await redactions.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
        {
            try
            {
                var stored = new StoredEvent(rows.GetInt64(0), AuditLeaf.RedactionStream, 0, JournalReader.EventName(typeof(FieldRedacted)),
                    default, rows.GetFieldValue<byte[]>(1));
                _redactions[stored.Sequence] = (FieldRedacted)stored.Event();
            }
            catch (InvalidDataException)
            {
                // It was changed: its own leaf reports that, and the field that it explains is reported as blanked.
            }
        }
    }
}
