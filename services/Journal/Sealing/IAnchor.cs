namespace Trading.Journal.Sealing;

/// <summary>A checkpoint could not be kept outside of the journal, or those that are kept could not be read. One line.</summary>
/// <param name="message">What failed.</param>
/// <param name="isAbsent">
/// Whether the place is not there, or is not the one that was set up; otherwise it may be there and gave no answer.
/// </param>
public sealed class AnchorException(string message, bool isAbsent = false) : Exception(message)
{
    /// <summary>Whether the place is not there, or is not the one that was set up.</summary>
    public bool IsAbsent { get; } = isAbsent;

    /// <summary>There is a place, and it was not set up.</summary>
    public static AnchorException Unmarked(string anchor, string place) => new($"{anchor}: {place} has no marker: it is not the place "
        + "that was set up, or was emptied; a new one is set up by trading audit checkpoint --new-anchor", isAbsent: true);
}

/// <summary>
/// Keeps checkpoints where the operator of the journal cannot delete them: they show when the whole journal was restored from an older
/// state or created again. A place is set up once; afterwards one that is not there is an error, never a place that keeps nothing.
/// </summary>
public interface IAnchor
{
    /// <summary>Its name in the settings.</summary>
    string Name { get; }

    /// <summary>Sets the place up for a journal: makes what is lacking, and the marker; nothing when there is one already.</summary>
    /// <param name="origin">Name of the journal.</param>
    /// <param name="journal">The journal's identity.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="AnchorException">It could not be.</exception>
    Task SetUpAsync(string origin, string? journal, CancellationToken cancellation);

    /// <summary>The marker of a journal; null when the place is there and has none.</summary>
    /// <exception cref="AnchorException">The place is not there or could not be read.</exception>
    Task<AnchorMarker?> MarkerAsync(string origin, CancellationToken cancellation);

    /// <summary>Keeps a checkpoint; nothing when it is there already.</summary>
    /// <returns>Where.</returns>
    /// <exception cref="AnchorException">It could not be kept, or the place was not set up.</exception>
    Task<string> KeepAsync(SignedCheckpoint checkpoint, CancellationToken cancellation);

    /// <summary>
    /// All checkpoints that are kept of a journal. Those of an earlier journal in a database of the same name are included: a
    /// journal that was created again has another origin.
    /// </summary>
    /// <param name="origin">Name of the journal.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="AnchorException">The place is not there, or they could not be read.</exception>
    Task<KeptCheckpoints> KeptAsync(string origin, CancellationToken cancellation);
}
