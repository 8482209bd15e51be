using System.Data.Common;
using Marten;
using Trading.Core;
using Weasel.Core;
using Weasel.Storage;
using IStorageOperation = Weasel.Storage.IStorageOperation;

namespace Trading.Journal.Events;

/// <summary>The account as a transaction leaves it; reads the time and the number of the transaction.</summary>
internal sealed class AccountLeft : IStorageOperation
{
    private (DateTime At, string By) _written;

    private AccountLeft(Loaded<Portfolio> account) => Account = account;

    /// <summary>State and version after the transaction.</summary>
    public Loaded<Portfolio> Account { get; }

    /// <summary>
    /// Lets the event store fold the new events on the account that is known, and not read it again; the transaction fails when it is no
    /// longer that one.
    /// </summary>
    public static AccountLeft By(IDocumentSession session, StreamAppend append, KnownAccount known)
    {
        var (state, version) = known.Account;
        var loaded = ((IStorageSession)session).ItemMap;
        loaded.TryAdd(typeof(Portfolio), new Dictionary<string, Portfolio>());
        ((Dictionary<string, Portfolio>)loaded[typeof(Portfolio)])[append.StreamId] = state;
        session.QueueOperation(new UnchangedAccount(known, append.Events.Count));
        var left = new AccountLeft(new(
            append.Events.Cast<IAccountEvent>().Aggregate(state, Portfolio.Evolve), version + append.Events.Count));
        session.QueueOperation(left);
        return left;
    }

    /// <summary>What this process knows of the account when the transaction has been committed.</summary>
    public KnownAccount Known() => new(Account, _written.At, _written.By);

    /// <inheritdoc/>
    public Type DocumentType => typeof(Portfolio);

    /// <inheritdoc/>
    public OperationRole Role() => OperationRole.Other;

    /// <inheritdoc/>
    public void ConfigureCommand(ICommandBuilder builder, IStorageSession session) =>
        builder.Append("select transaction_timestamp(), pg_current_xact_id()::xid::text");

    /// <inheritdoc/>
    public async Task PostprocessAsync(DbDataReader reader, IList<Exception> exceptions, CancellationToken token)
    {
        await reader.ReadAsync(token);
        _written = (reader.GetDateTime(0), reader.GetString(1));
    }
}
