using Npgsql;
using Trading.Core;
using Trading.Journal.Events;
using Trading.Journal.Postgres;

namespace Trading.Journal.Checks;

/// <summary>An account that is stored otherwise than its events make it.</summary>
/// <param name="Account">Its stream.</param>
/// <param name="Difference">How.</param>
public sealed record WrongAccount(string Account, AccountDifference Difference);

/// <summary>Folds every account from its events and compares it with the stored one.</summary>
public static class AccountCheck
{
    /// <summary>Compares all.</summary>
    /// <returns>How many accounts have events, and those that differ.</returns>
    public static async Task<(int Accounts, IReadOnlyList<WrongAccount> Wrong)> RunAsync(
        NpgsqlDataSource database, CancellationToken cancellation)
    {
        var folded = await JournalReader.StreamsAsync(database, "account-", cancellation);
        var (wrong, statements) = (new List<WrongAccount>(), await StatementsAsync(database, cancellation));
        foreach (var id in folded.Union(await StoredAsync(database, cancellation)).Order(StringComparer.Ordinal))
        {
            var account = new FoldedAccount(database, id);
            foreach (var stated in statements[id].OrderBy(stated => stated.Version))
            {
                if (await account.FoldAsync(stated.Version, cancellation) is null && account.Version == stated.Version
                    && account.Compare(stated.State) is { IsEarlierForm: false } otherwise)
                    wrong.Add(new(id, otherwise with
                    {
                        Detail = FormattableString.Invariant(
                        $"the statement about version {stated.Version} is not what its events make: {otherwise.Detail}")
                    }));
            }
            if (await account.CompareAsync(cancellation) is { } difference)
                wrong.Add(new(id, difference));
        }
        return (folded.Count, wrong);
    }

    private static async Task<ILookup<string, Loaded<Portfolio>>> StatementsAsync(
        NpgsqlDataSource database, CancellationToken cancellation)
    {
        var statements = new List<Loaded<Portfolio>>();
        await foreach (var stored in StreamReading.ReadAsync(database, AuditLeaf.AccountStream, cancellation: cancellation))
        {
            // One that cannot be read is never believed.
            if (StatedAccounts.Read(stored) is { } stated)
                statements.Add(stated);
        }
        return statements.ToLookup(stated => stated.State.Id);
    }

    // The table comes with the first account.
    private static async Task<List<string>> StoredAsync(NpgsqlDataSource database, CancellationToken cancellation) =>
        await database.HasTablesAsync(cancellation, "mt_doc_portfolio")
            ? await database.RowsAsync("select id from mt_doc_portfolio", row => row.GetString(0), cancellation) : [];
}
