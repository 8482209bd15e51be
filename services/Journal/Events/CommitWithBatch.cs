using System.Data.Common;
using Marten;
using Weasel.Core;
using Weasel.Storage;
using IStorageOperation = Weasel.Storage.IStorageOperation;

namespace Trading.Journal.Events;

/// <summary>
/// Commits a transaction by the last statement of its batch: one round trip instead of two. The server makes every check of the batch, and
/// skips what follows a failed one, so that nothing is committed then.
/// </summary>
internal sealed class CommitWithBatch : DocumentSessionListenerBase, IStorageOperation, NoDataReturnedCall
{
    /// <inheritdoc/>
    public Type DocumentType => typeof(CommitWithBatch);

    /// <inheritdoc/>
    public OperationRole Role() => OperationRole.Other;

    /// <inheritdoc/>
    public override Task BeforeSaveChangesAsync(IDocumentSession session, CancellationToken token)
    {
        session.QueueOperation(this);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void ConfigureCommand(ICommandBuilder builder, IStorageSession session) => builder.Append("commit");

    /// <inheritdoc/>
    public Task PostprocessAsync(DbDataReader reader, IList<Exception> exceptions, CancellationToken token) => Task.CompletedTask;
}
