namespace Trading.Journal.Postgres;

/// <summary>The database is reached through a pooler behind which locks of a session do not hold. One line for a person.</summary>
public sealed class PoolerException(string message) : Exception(message);
