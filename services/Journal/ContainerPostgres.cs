using System.Security.Cryptography;
using DotNet.Testcontainers.Builders;
using Npgsql;
using Testcontainers.PostgreSql;

namespace Trading.Journal;

/// <summary>
/// A PostgreSQL server in a container of this program's own. The container goes with the program; its data stays in a named volume for the
/// next start. Commits are durable (fsync is on). The engine publishes its port; a random password, new at every start, protects it.
/// </summary>
public sealed class ContainerPostgres : IAsyncDisposable
{
    private const string User = "trading";
    private readonly PostgreSqlContainer _container;

    private ContainerPostgres(PostgreSqlContainer container, string connectionString)
    {
        _container = container;
        ConnectionString = connectionString;
    }

    /// <summary>The image that is run. A data directory belongs to its major version, 17.</summary>
    public const string Image = "postgres:17.10";

    /// <summary>How Npgsql reaches the database "trading" of this server. Contains the password.</summary>
    public string ConnectionString { get; }

    /// <summary>Starts the container and waits until the server answers.</summary>
    /// <param name="name">
    /// Name of the container and of the volume that keeps its data. The engine grants a name once at a time, so that no two servers can
    /// have one volume.
    /// </param>
    /// <param name="cancel">Ends the start; a container that has already been started is removed again.</param>
    /// <exception cref="PrivatePostgresException">No container engine answers, or it does not start the container.</exception>
    public static async Task<ContainerPostgres> StartAsync(string name = "trading-journal", CancellationToken cancel = default)
    {
        // The volume knows the password of its first start; the one of this start is set below.
        var password = RandomNumberGenerator.GetHexString(48, lowercase: true);
        PostgreSqlContainer? container = null;
        var started = false;
        try
        {
            container = new PostgreSqlBuilder(Image)
                .WithName(name)
                .WithVolumeMount(name, "/var/lib/postgresql/data")
                .WithDatabase(User)
                .WithUsername(User)
                .WithPassword(password)
                // Made for tests, the builder turns all three off. The last mention of a setting wins.
                .WithCommand("-c", "fsync=on", "-c", "full_page_writes=on", "-c", "synchronous_commit=on")
                .Build();
            await container.StartAsync(cancel);
            await container.ExecScriptAsync($"ALTER USER {User} PASSWORD '{password}';", cancel);

            var connectionString = container.GetConnectionString();
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync(cancel);
            await using var show = new NpgsqlCommand("SHOW fsync", connection);
            if (await show.ExecuteScalarAsync(cancel) is not "on")
                throw new PrivatePostgresException($"The server in container {name} runs without fsync, so that it may lose trades");
            started = true;
            return new ContainerPostgres(container, connectionString);
        }
        catch (DockerUnavailableException e)
        {
            throw new PrivatePostgresException(
                "Journal=container needs a container engine, and none answers: start Docker or Podman, or choose Journal=local", e);
        }
        // The engine's client throws exceptions of its own that this project does not name.
        catch (Exception e) when (e is not (OperationCanceledException or PrivatePostgresException))
        {
            // The name of the container keeps two programs from one volume; a program that was killed may have left its container behind.
            var taken = e.Message.Contains("already in use")
                ? $". If no other program uses it, remove it with: docker rm --force {name}"
                : "";
            var reason = PostgresBinaries.OneLine(e.Message).TrimEnd('.');
            throw new PrivatePostgresException($"The container engine does not run {Image} as {name}: {reason}{taken}", e);
        }
        finally
        {
            if (!started && container is not null)
                await container.DisposeAsync();
        }
    }

    /// <summary>Stops the server and removes the container; the volume stays.</summary>
    public async ValueTask DisposeAsync()
    {
        await _container.StopAsync();
        await _container.DisposeAsync();
    }
}
