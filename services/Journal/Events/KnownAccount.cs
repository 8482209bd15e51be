using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using JasperFx;
using JasperFx.Core.Exceptions;
using Npgsql;
using Trading.Core;
using Weasel.Core;
using Weasel.Storage;
using IStorageOperation = Weasel.Storage.IStorageOperation;

namespace Trading.Journal.Events;

/// <summary>An account as this process read it last, or left it.</summary>
/// <param name="Account">State and version.</param>
/// <param name="WrittenAt">
/// When it was written, by the server's clock: after a failover that lost the newest events, another state may have the same version.
/// </param>
/// <param name="WrittenBy">
/// The transaction that wrote it (<c>xmin</c>): a change by hand may leave version and time as they were. Numbers come again after a
/// failover.
/// </param>
public sealed record KnownAccount(Loaded<Portfolio> Account, DateTime WrittenAt, string WrittenBy);

/// <summary>
/// Lets a transaction fail when an account is no longer what this process read, also where the transaction adds nothing to it.
/// </summary>
/// <param name="known">The account as it was read.</param>
/// <param name="added">How many events the transaction itself adds to it.</param>
internal sealed class UnchangedAccount(KnownAccount known, int added = 0) : IStorageOperation, IExceptionTransform
{
    /// <inheritdoc/>
    public Type DocumentType => typeof(Portfolio);

    /// <inheritdoc/>
    public OperationRole Role() => OperationRole.Other;

    /// <inheritdoc/>
    // The server itself has to fail: the batch ends with the commit. There is no plainer error than this one without a function.
    public void ConfigureCommand(ICommandBuilder builder, IStorageSession session)
    {
        builder.Append("select 1 / count(*) from mt_streams s join mt_doc_portfolio d on d.id = s.id where s.id = ");
        builder.AppendParameter(known.Account.State.Id);
        builder.Append(" and s.version = ");
        builder.AppendParameter(known.Account.Version + added);
        builder.Append(" and d.mt_last_modified = ");
        builder.AppendParameter(known.WrittenAt);
        builder.Append(" and d.xmin::text = ");
        builder.AppendParameter(known.WrittenBy);
    }

    /// <inheritdoc/>
    public Task PostprocessAsync(DbDataReader reader, IList<Exception> exceptions, CancellationToken token) => Task.CompletedTask;

    /// <inheritdoc/>
    public bool TryTransform(Exception original, [NotNullWhen(true)] out Exception? transformed)
    {
        var failure = original as PostgresException ?? original.InnerException as PostgresException;
        transformed = failure?.SqlState == PostgresErrorCodes.DivisionByZero
            ? new ConcurrencyException(typeof(Portfolio), known.Account.State.Id) : null;
        return transformed is not null;
    }
}
