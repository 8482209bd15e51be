using Trading.Journal.Sealing;

namespace Trading.Hosting;

/// <summary>A journal of a server.</summary>
/// <param name="Database">Name of its database.</param>
/// <param name="Bytes">Its size on disk.</param>
/// <param name="Prices">live, recorded or simulated; null while no account was opened.</param>
/// <param name="From">Time of its first event; null without one.</param>
/// <param name="To">Time of its last event; null without one.</param>
/// <param name="Events">How many events it holds (<see cref="JournalContents.MostCounted"/>).</param>
/// <param name="Trades">How many orders were filled and settled.</param>
/// <param name="SealedTo">The last event that is sealed; 0 for none.</param>
/// <param name="InUse">Whether a program is connected to it.</param>
public sealed record JournalEntry(string Database, long Bytes, string? Prices, DateTimeOffset? From, DateTimeOffset? To, long Events,
    long Trades, long SealedTo, bool InUse);
