using System.ComponentModel;
using System.Diagnostics;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Containers;

namespace Testcontainers.PostgreSql;

/// <summary>A PostgreSQL container: started, asked and removed through the engine's command line program.</summary>
public sealed class PostgreSqlContainer : IAsyncDisposable
{
    private readonly PostgreSqlBuilder _wanted;
    private string? _id;
    private string _port = "";

    internal PostgreSqlContainer(PostgreSqlBuilder wanted) => _wanted = wanted;

    /// <summary>Creates and starts the container, and returns when the server answers.</summary>
    /// <exception cref="DockerUnavailableException">No container engine answers.</exception>
    /// <exception cref="InvalidOperationException">The engine answers and does not start the container.</exception>
    public async Task StartAsync(CancellationToken ct = default)
    {
        var engine = await RunAsync(["version", "--format", "{{.Server.Version}}"], ct);
        if (engine.ExitCode != 0)
            throw new DockerUnavailableException($"Docker is either not running or misconfigured: {engine.Stderr.Trim()}");

        string[] volumes = [.. _wanted.Volumes.SelectMany(volume => new[] { "--volume", volume })];
        // A variable without a value is taken from the program's own environment: the password shows in no list of processes.
        string[] environment = ["--env", "POSTGRES_DB", "--env", "POSTGRES_USER", "--env", "POSTGRES_PASSWORD"];
        string[] name = ["--name", _wanted.Name, "--publish", $"127.0.0.1::{PostgreSqlBuilder.Port}"];
        _id = (await EngineAsync(["create", .. name, .. volumes, .. environment, _wanted.Image, .. _wanted.Command], ct)).Trim();
        await EngineAsync(["start", _id], ct);
        _port = (await EngineAsync(["port", _id, $"{PostgreSqlBuilder.Port}/tcp"], ct)).Trim().Split('\n')[0].Split(':')[^1];
        // The host is named because the image's first start runs a server on the socket alone, to make the database with.
        string[] isReady = ["exec", _id, "pg_isready", "--host", "localhost", "--dbname", _wanted.Database, "--username", _wanted.Username];
        while ((await RunAsync(isReady, ct)).ExitCode != 0)
        {
            if ((await EngineAsync(["inspect", "--format", "{{.State.Running}}", _id], ct)).Trim() != "true")
            {
                var log = await RunAsync(["logs", "--tail", "5", _id], ct);
                throw new InvalidOperationException($"the container ended: {log.Stderr.Trim()}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), ct);
        }
    }

    /// <summary>Stops the container in the way that its image asks for.</summary>
    public async Task StopAsync(CancellationToken ct = default)
    {
        if (_id is not null)
            await EngineAsync(["stop", _id], ct);
    }

    /// <summary>Runs a script with psql in the container.</summary>
    public async Task<ExecResult> ExecScriptAsync(string scriptContent, CancellationToken ct = default)
    {
        string[] psql = ["psql", "--username", _wanted.Username, "--dbname", _wanted.Database, "--file", "-"];
        return await RunAsync(["exec", "--interactive", _id!, .. psql], ct, scriptContent);
    }

    /// <summary>How Npgsql reaches the server.</summary>
    public string GetConnectionString() =>
        $"Host=127.0.0.1;Port={_port};Database={_wanted.Database};Username={_wanted.Username};Password={_wanted.Password}";

    /// <summary>Removes the container; its named volumes stay.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_id is not null)
            await EngineAsync(["rm", "--force", "--volumes", _id], CancellationToken.None);
        _id = null;
    }

    private async Task<string> EngineAsync(string[] arguments, CancellationToken ct)
    {
        var result = await RunAsync(arguments, ct);
        return result.ExitCode == 0 ? result.Stdout : throw new InvalidOperationException(result.Stderr.Trim());
    }

    private async Task<ExecResult> RunAsync(string[] arguments, CancellationToken ct, string input = "")
    {
        foreach (var program in new[] { "docker", "podman" })
        {
            var start = new ProcessStartInfo(program, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                CreateNoWindow = true,
            };
            start.Environment["POSTGRES_DB"] = _wanted.Database;
            start.Environment["POSTGRES_USER"] = _wanted.Username;
            start.Environment["POSTGRES_PASSWORD"] = _wanted.Password;
            using var process = new Process { StartInfo = start };
            try
            {
                process.Start();
            }
            catch (Win32Exception)
            {
                continue; // It is not installed.
            }

            try
            {
                var output = process.StandardOutput.ReadToEndAsync(ct);
                var error = process.StandardError.ReadToEndAsync(ct);
                await process.StandardInput.WriteAsync(input.AsMemory(), ct);
                process.StandardInput.Close();
                await process.WaitForExitAsync(ct);
                return new ExecResult(await output, await error, process.ExitCode);
            }
            catch (OperationCanceledException)
            {
                process.Kill();
                throw;
            }
        }

        throw new DockerUnavailableException("neither docker nor podman is installed");
    }
}
