using System.Text.Json;
using JasperFx;
using Marten.Events;
using Marten.Events.Projections;
using Npgsql;
using Weasel.Core;

namespace Marten;

/// <summary>Settings of a <see cref="DocumentStore"/>.</summary>
public class StoreOptions
{
    private string _schema = "public";

    internal Func<NpgsqlDataSource>? OpenDataSource { get; private set; }

    internal bool OwnsDataSource { get; private set; }

    internal JsonFormat Json { get; private set; } = new(EnumStorage.AsInteger, Casing.Default, null);

    /// <summary>Schema of all tables: lower-case letters, digits and underscores.</summary>
    public string DatabaseSchemaName
    {
        get => _schema;
        set
        {
            ArgumentException.ThrowIfNullOrEmpty(value);
            if (char.IsAsciiDigit(value[0]) || value.Any(c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '_'))
                throw new ArgumentException($"DatabaseSchemaName may hold a-z, 0-9 and _ and not begin with a digit, was '{value}'.", nameof(value));
            _schema = value;
        }
    }

    /// <summary>What may be done to the tables when the store is first used.</summary>
    public AutoCreate AutoCreateSchemaObjects { get; set; } = AutoCreate.CreateOrUpdate;

    /// <summary>Settings of the event store.</summary>
    public IEventStoreOptions Events { get; } = new EventStoreOptions();

    /// <summary>The projections.</summary>
    public ProjectionOptions Projections { get; } = new();

    /// <summary>The database; its connections are closed with the store.</summary>
    public void Connection(string connectionString)
    {
        OpenDataSource = () => NpgsqlDataSource.Create(connectionString);
        OwnsDataSource = true;
    }

    /// <summary>The database; the caller disposes the data source.</summary>
    public void Connection(NpgsqlDataSource dataSource)
    {
        OpenDataSource = () => dataSource;
        OwnsDataSource = false;
    }

    /// <summary>How events and documents are written as JSON.</summary>
    public void UseSystemTextJsonForSerialization(
        EnumStorage enumStorage = EnumStorage.AsInteger, Casing casing = Casing.Default, Action<JsonSerializerOptions>? configure = null) =>
        Json = new(enumStorage, casing, configure);
}
