using System.Data.Common;
using JasperFx;
using Trading.Core;
using Weasel.Core;
using Weasel.Storage;
using IStorageOperation = Weasel.Storage.IStorageOperation;

namespace Trading.Journal.Events;

/// <summary>An account as this process read it last.</summary>
/// <param name="Account">State and version.</param>
/// <param name="WrittenAt">
/// When it was written, by the server's clock: after a failover that lost the newest events, another state may have the same version.
/// </param>
public sealed record KnownAccount(Loaded<Portfolio> Account, DateTime WrittenAt);

/// <summary>
/// Lets a transaction fail when an account is no longer what this process read, although the transaction adds nothing to it.
/// </summary>
internal sealed class UnchangedAccount(KnownAccount known) : IStorageOperation
{
    /// <inheritdoc/>
    public Type DocumentType => typeof(Portfolio);

    /// <inheritdoc/>
    public OperationRole Role() => OperationRole.Other;

    /// <inheritdoc/>
    public void ConfigureCommand(ICommandBuilder builder, IStorageSession session)
    {
        builder.Append("select count(*) from mt_streams s join mt_doc_portfolio d on d.id = s.id where s.id = ");
        builder.AppendParameter(known.Account.State.Id);
        builder.Append(" and s.version = ");
        builder.AppendParameter(known.Account.Version);
        builder.Append(" and d.mt_last_modified = ");
        builder.AppendParameter(known.WrittenAt);
    }

    /// <inheritdoc/>
    public async Task PostprocessAsync(DbDataReader reader, IList<Exception> exceptions, CancellationToken token)
    {
        await reader.ReadAsync(token);
        if (reader.GetInt64(0) == 0)
            exceptions.Add(new ConcurrencyException(typeof(Portfolio), known.Account.State.Id));
    }
}
