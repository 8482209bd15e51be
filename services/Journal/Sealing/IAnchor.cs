namespace Trading.Journal.Sealing;

/// <summary>A checkpoint could not be kept outside of the journal, or those that are kept could not be read. One line.</summary>
public sealed class AnchorException(string message) : Exception(message);

/// <summary>
/// Keeps checkpoints where the operator of the journal cannot delete them: they show when the whole journal was restored from an older
/// state or created again.
/// </summary>
public interface IAnchor
{
    /// <summary>Its name in the settings.</summary>
    string Name { get; }

    /// <summary>Keeps a checkpoint; nothing when it is there already.</summary>
    /// <returns>Where.</returns>
    /// <exception cref="AnchorException">It could not be kept.</exception>
    Task<string> KeepAsync(SignedCheckpoint checkpoint, CancellationToken cancellation);

    /// <summary>
    /// All checkpoints that are kept of a journal. Those of an earlier journal in a database of the same name are included: a
    /// journal that was created again has another origin.
    /// </summary>
    /// <param name="origin">Name of the journal.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="AnchorException">They could not be read.</exception>
    Task<KeptCheckpoints> KeptAsync(string origin, CancellationToken cancellation);
}
