using Npgsql;
using Trading.Hosting.Settings;
using Trading.Hosting.Stores;
using Trading.Journal.Tables;

namespace Trading.Dashboard.Reading;

/// <summary>
/// The dashboard's own connections, which may only read: viewers never wait for a connection of trading, and trading never for one of
/// theirs.
/// </summary>
public sealed class DashboardDatabase : IAsyncDisposable
{
    private const int MaxConnections = 4, MaxPriceConnections = 2;
    private const string ReadOnly = "-c default_transaction_read_only=on -c statement_timeout=60000";

    private readonly PriceHistory _history;

    /// <summary>Connects to a journal's database.</summary>
    /// <param name="connectionString">The database.</param>
    /// <param name="settings">The program's settings.</param>
    public DashboardDatabase(string connectionString, TradingSettings settings)
    {
        var connection = new NpgsqlConnectionStringBuilder(connectionString)
        { MaxPoolSize = MaxConnections, Options = ReadOnly, ApplicationName = "trading dashboard", MaxAutoPrepare = 20 };
        Journal = NpgsqlDataSource.Create(connection);
        connection.MaxPoolSize = MaxPriceConnections;
        _history = new(connection.ConnectionString);
        Prices = PriceStores.History(settings, _history);
    }

    /// <summary>The database that a request asks about.</summary>
    public static async ValueTask<DashboardDatabase?> BindAsync(HttpContext context) =>
        (await OpenJournals.AskedForAsync(context)).Database;

    /// <summary>The journal.</summary>
    public NpgsqlDataSource Journal { get; }

    /// <summary>The prices.</summary>
    public IPriceHistory Prices { get; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Journal.DisposeAsync();
        await _history.DisposeAsync();
    }
}
