using Trading.Core;
using Trading.Journal.Events;
using Trading.Journal.Postgres;

namespace Trading.Journal.Sealing;

/// <summary>
/// Blanks a personal or free-text field of a sealed event. Its leaf holds a commitment and not the value, so every proof still holds; once
/// the salt is deleted nobody can guess the value from the commitment. The event that reports the redaction is appended first: a redaction
/// that was interrupted is completed by running it again.
/// </summary>
public static class Redaction
{
    /// <summary>Redacts a field.</summary>
    /// <param name="journal">The journal.</param>
    /// <param name="found">The event.</param>
    /// <param name="field">One of <see cref="AuditLeaf.RedactableFields"/>.</param>
    /// <param name="by">Who asks for it.</param>
    /// <param name="reason">Why.</param>
    /// <param name="at">When.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>False when the field had been redacted already.</returns>
    /// <exception cref="SealException">
    /// The event has no such field that can be redacted, or is not as it was when it was sealed.
    /// </exception>
    public static async Task<bool> RedactAsync(TradeJournal journal, SealedEvent found, string field, string by, string reason,
        DateTimeOffset at, CancellationToken cancellation)
    {
        await using (var kept = journal.Database.CreateCommand(
            "select salt is null from audit.commitments where number = $1 and field = $2"))
        {
            kept.Parameters.Add(new() { Value = found.Number });
            kept.Parameters.Add(new() { Value = field });
            switch (await kept.ExecuteScalarAsync(cancellation))
            {
                case null:
                    throw new SealException($"event {found.Sequence} has no field {field} that can be redacted: those of operators' events "
                        + $"can, {string.Join(" and ", AuditLeaf.RedactableFields)}");
                case true:
                    return false;
            }
        }

        await MustBeAsSealedAsync(journal, found, cancellation);
        var redaction = await AppendAsync(journal,
            new(found.Sequence, found.StreamId ?? "", found.Version, field, by, reason, at), cancellation);
        await using var connection = await journal.Database.OpenConnectionAsync(cancellation);
        await using (var transaction = await connection.BeginTransactionAsync(cancellation))
        {
            await ExecuteAsync("update mt_events set data = jsonb_set(data, array[$1], to_jsonb($2::text)) where seq_id = $3", field,
                AuditLeaf.Redacted, found.Sequence);
            await ExecuteAsync("update audit.commitments set salt = null, redaction = $1 where number = $2 and field = $3",
                redaction, found.Number, field);
            // The account's state beside its events names who set the limits in force.
            if (field == "by" && await connection.HasTablesAsync(cancellation, "mt_doc_portfolio"))
            {
                await ExecuteAsync(
                    "update mt_doc_portfolio set data = jsonb_set(mt_doc_portfolio.data, '{limitsBy}', to_jsonb($1::text)) from mt_events "
                    + "e where e.seq_id = $2 and e.type = 'limits_set' and mt_doc_portfolio.id = e.stream_id and mt_doc_portfolio.data -> "
                    + "'limitsVersion' = e.data -> 'version'",
                    AuditLeaf.Redacted, found.Sequence);
            }
            // An alert of the event holds its words too, sent or not.
            if (await connection.HasTablesAsync(cancellation, "alert_deliveries"))
            {
                await ExecuteAsync("update alert_deliveries set payload = jsonb_set(payload::jsonb, '{text}', to_jsonb($1::text))::text "
                    + "where key = $2", AuditLeaf.Redacted, $"event/{found.StreamId}/{found.Version}");
            }
            await transaction.CommitAsync(cancellation);
        }
        // Until the vacuum the value and the salt remain on disk in dead rows.
        var copies = await connection.HasTablesAsync(cancellation, "alert_deliveries") ? ", alert_deliveries" : "";
        await connection.ExecuteAsync($"vacuum mt_events, audit.commitments{copies}", cancellation);
        return true;

        Task ExecuteAsync(string statement, params object[] values) => connection.ExecuteAsync(statement, cancellation, values);
    }

    // Once the value is deleted its commitment cannot be checked, so it must be right now: with a wrong one no row would give the leaf.
    private static async Task MustBeAsSealedAsync(TradeJournal journal, SealedEvent found, CancellationToken cancellation)
    {
        var commitments = new Dictionary<string, (byte[] Commitment, byte[]? Salt)>();
        await using (var kept = journal.Database.CreateCommand("select field, commitment, salt from audit.commitments where number = $1"))
        {
            kept.Parameters.Add(new() { Value = found.Number });
            await using var reader = await kept.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation))
                commitments[reader.GetString(0)] = (reader.GetFieldValue<byte[]>(1),
                    reader.IsDBNull(2) ? null : reader.GetFieldValue<byte[]>(2));
        }
        await using var connection = await journal.Database.OpenConnectionAsync(cancellation);
        await using var rows = await BinaryCopy.StartAsync(connection, EventRows.Query(found.Sequence, found.Sequence),
            AuditLeaf.Columns.Count, cancellation);
        var hash = new byte[MerkleTree.HashSize];
        var fit = await rows.ReadAsync(cancellation);
        if (fit)
            EventRows.Hash(rows, found.Number, Commitment, hash);
        if (!fit || !hash.AsSpan().SequenceEqual(found.Leaf))
            throw new SealException(
                $"event {found.Sequence} is not as it was when it was sealed, and is left as it is: trading audit verify says more");

        byte[] Commitment(string name, string value)
        {
            if (!commitments.TryGetValue(name, out var kept))
                return hash;
            fit &= kept.Salt is null
                ? value == AuditLeaf.Redacted : AuditLeaf.Commit(kept.Salt, value).AsSpan().SequenceEqual(kept.Commitment);
            return kept.Commitment;
        }
    }

    // Gives the sequence number of the event that reports it, also when an interrupted attempt appended it.
    private static async Task<long> AppendAsync(TradeJournal journal, FieldRedacted redacted, CancellationToken cancellation)
    {
        while (true)
        {
            await using (var said = journal.Database.CreateCommand("select seq_id from mt_events where stream_id = $1 and (data ->> "
                + "'sequence')::bigint = $2 and data ->> 'field' = $3 order by version limit 1"))
            {
                said.Parameters.Add(new() { Value = AuditLeaf.RedactionStream });
                said.Parameters.Add(new() { Value = redacted.Sequence });
                said.Parameters.Add(new() { Value = redacted.Field });
                if (await said.ExecuteScalarAsync(cancellation) is long sequence)
                    return sequence;
            }
            await journal.AppendToEndAsync(AuditLeaf.RedactionStream, redacted, new(null, "audit redact"), cancellation);
        }
    }
}
