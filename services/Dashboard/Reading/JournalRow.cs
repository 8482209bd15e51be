namespace Trading.Dashboard.Reading;

/// <summary>A journal on the same server.</summary>
/// <param name="Database">Its database.</param>
/// <param name="Kind">Its prices: live, recorded or simulated; other where no account was opened.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Shown">Whether it is the program's own; others are read with the parameter journal.</param>
/// <param name="From">Time of its first event (UTC); null without one.</param>
/// <param name="To">Time of its last event (UTC); null without one.</param>
/// <param name="Events">How many events it holds.</param>
/// <param name="Trades">How many orders were filled.</param>
/// <param name="SealedTo">The last event that is sealed; 0 for none.</param>
/// <param name="InUse">Whether a program is connected to it.</param>
public sealed record JournalRow(string Database, string Kind, long Bytes, bool Shown, DateTimeOffset? From = null,
    DateTimeOffset? To = null, long Events = 0, long Trades = 0, long SealedTo = 0, bool InUse = false);
