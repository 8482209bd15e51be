namespace Testcontainers.PostgreSql;

/// <summary>
/// Describes a PostgreSQL container. It stands in for the builder of the package, as far as the journal uses it, and reaches the container
/// engine through the command line program docker, or podman where there is no docker. The engine must be the one of this machine.
/// </summary>
/// <param name="image">Image name and tag.</param>
public sealed class PostgreSqlBuilder(string image)
{
    internal const string Port = "5432";

    internal string Image { get; } = image;

    internal string Name { get; private init; } = $"testcontainers-{Guid.NewGuid():N}";

    internal string Database { get; private init; } = "postgres";

    internal string Username { get; private init; } = "postgres";

    internal string Password { get; private init; } = "postgres";

    internal IReadOnlyList<string> Volumes { get; private init; } = [];

    /// <summary>
    /// The command that the container runs. The package turns durability off in front of everything else, and so does this; what follows
    /// wins.
    /// </summary>
    internal IReadOnlyList<string> Command { get; private init; } =
        ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off"];

    public PostgreSqlBuilder WithName(string name) => With(name: name);

    public PostgreSqlBuilder WithDatabase(string database) => With(database: database);

    public PostgreSqlBuilder WithUsername(string username) => With(username: username);

    public PostgreSqlBuilder WithPassword(string password) => With(password: password);

    public PostgreSqlBuilder WithVolumeMount(string source, string destination) => With(volume: $"{source}:{destination}");

    /// <summary>Adds to the command.</summary>
    public PostgreSqlBuilder WithCommand(params string[] command) => With(command: command);

    /// <summary>The container, not started.</summary>
    public PostgreSqlContainer Build() => new(this);

    private PostgreSqlBuilder With(
        string? name = null,
        string? database = null,
        string? username = null,
        string? password = null,
        string? volume = null,
        string[]? command = null) =>
        new(Image)
        {
            Name = name ?? Name,
            Database = database ?? Database,
            Username = username ?? Username,
            Password = password ?? Password,
            Volumes = volume is null ? Volumes : [.. Volumes, volume],
            Command = [.. Command, .. command ?? []],
        };
}
