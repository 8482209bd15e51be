using System.Diagnostics;
using Npgsql;
using Trading.Hosting;
using Trading.Hosting.Sealing;
using Trading.Hosting.Settings;
using Trading.Journal.Keys;
using Trading.LocalServers;

namespace Trading.Cli.Operations;

/// <summary>
/// The four services as processes, started together and stopped together. Each writes a log of its own, and to the terminal.
/// </summary>
internal sealed class ServiceProcesses : IAsyncDisposable
{
    // The source of prices comes last, when its readers are there.
    private static readonly string[] Names = ["predictor", "risk-manager", "executor", "price-collector"];
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(10);

    private readonly LogFolder _logs = LogFolder.Take(TradingHome.Folder);

    public ServiceProcesses(string[] switches, LocalAws aws, JournalServer journal, TradingSettings settings) =>
        All = [.. Names.Select(name => new ServiceProcess(
            name, Path.Combine(_logs.Path, $"{name}.log"), Start(name, switches, aws, journal, settings)))];

    /// <summary>Where their logs are.</summary>
    public string Logs => _logs.Path;

    public IReadOnlyList<ServiceProcess> All { get; }

    /// <summary>Waits for the first service that ends.</summary>
    public async Task<ServiceProcess> FirstEndAsync(CancellationToken stop)
    {
        var ended = await await Task.WhenAny(All.Select(async service =>
        {
            await service.Process.WaitForExitAsync(stop);
            return service;
        }));
        return ended;
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(All.Select(async service =>
        {
            await service.StopAsync(StopTimeout);
            service.Dispose();
        }));
        _logs.Dispose();
    }

    private static Process Start(string name, string[] switches, LocalAws aws, JournalServer journal, TradingSettings settings)
    {
        // This program once more, however it was started: by the dotnet host or as a program of its own.
        var program = Environment.ProcessPath!;
        string[] self = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];
        var start = new ProcessStartInfo(program, [.. self, "service", name, .. switches, "--journal", "postgres", "--http-port", "0"])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (var (variable, value) in aws.Environment)
            start.Environment[variable] = value;
        start.Environment[TradingHost.StarterVariable] = "up";
        start.Environment["Trading__Transport"] = "amazonsqs";
        start.Environment["Trading__AwsServiceUrl"] = aws.Url.ToString();
        start.Environment["Trading__JournalConnection"] = journal.ConnectionString;
        start.Environment["Trading__JournalDatabase"] = new NpgsqlConnectionStringBuilder(journal.ConnectionString).Database;
        // To the services the journal is a server like any other, which asks for a key; it is the private one's.
        if (settings is { SealIntervalSeconds: > 0, SealKey: null, SealKeyFile: null })
        {
            var file = SealKeys.DefaultKeyFile(settings.JournalFolder);
            SealKey.LoadOrCreate(file);
            start.Environment["Trading__SealKeyFile"] = file;
        }
        return Process.Start(start)!;
    }
}

/// <summary>A service as a process.</summary>
internal sealed class ServiceProcess : IDisposable
{
    private readonly StreamWriter _log;
    private readonly Task _reading;

    public ServiceProcess(string name, string logFile, Process process)
    {
        (Name, LogFile, Process) = (name, logFile, process);
        _log = new(LogFile, append: false) { AutoFlush = true };
        _reading = Task.WhenAll(
            CopyAsync(process.StandardOutput, Console.Out, false), CopyAsync(process.StandardError, Console.Error, true));
    }

    public string Name { get; }

    public Process Process { get; }

    public int ExitCode => Process.ExitCode;

    public string LogFile { get; }

    /// <summary>The last line that it wrote to standard error; null when it wrote none.</summary>
    public string? LastError { get; private set; }

    /// <summary>Asks it to end by closing its standard input, and ends it when it does not.</summary>
    public async Task StopAsync(TimeSpan timeout)
    {
        Process.StandardInput.Close();
        using var limit = new CancellationTokenSource(timeout);
        try
        {
            await Process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine($"trading: {Name} has not ended within {timeout.TotalSeconds:0} s and was killed");
            Process.Kill();
        }
        await _reading;
    }

    public void Dispose()
    {
        _log.Dispose();
        Process.Dispose();
    }

    private async Task CopyAsync(StreamReader from, TextWriter terminal, bool errors)
    {
        while (await from.ReadLineAsync() is { } line)
        {
            lock (_log)
                _log.WriteLine(line);
            if (errors)
                LastError = line;
            terminal.WriteLine($"{Name,-15} {line}");
        }
    }
}
