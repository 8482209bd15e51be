using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Npgsql;
using Trading.Core.Strategies;
using Trading.Dashboard.Answers;
using Trading.Hosting;
using Trading.Hosting.Background;
using Trading.Hosting.Settings;
using Trading.Journal.Events;

namespace Trading.Dashboard.Reading;

/// <summary>A question about the past.</summary>
/// <param name="Kind">backtest, or drift: the journal's trades against those of a backtest over the same prices.</param>
/// <param name="From">First open time (UTC); null for all that is kept.</param>
/// <param name="To">The time to end before (UTC); null for all that is kept.</param>
/// <param name="Strategy">What decides; null for that of the settings.</param>
/// <param name="Set">Settings that differ, by name, for example LeastConfidence.</param>
/// <param name="Journal">The journal whose prices and trades are taken; null for the program's own.</param>
public sealed record PastRequest(
    string Kind, DateTimeOffset? From = null, DateTimeOffset? To = null, string? Strategy = null, Dictionary<string, string>? Set = null,
    string? Journal = null);

/// <summary>A run over the past.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Request">The question.</param>
/// <param name="By">Who asked.</param>
/// <param name="StartedAt">When (UTC).</param>
/// <param name="Seconds">How long it took, or takes by now.</param>
/// <param name="State">running, done, failed or stopped.</param>
/// <param name="Told">What went wrong; null otherwise.</param>
/// <param name="Figures">The figures, as trading backtest --json or trading drift --json writes them; null until it is done.</param>
/// <param name="HasReport">Whether there is a report to look at.</param>
public sealed record PastRun(
    int Id, PastRequest Request, string By, DateTimeOffset StartedAt, double Seconds, string State, string? Told, JsonElement? Figures,
    bool HasReport);

/// <summary>
/// Runs over the past, one at a time, each in a process of its own with the least priority: it can neither slow nor end trading. The
/// process is the program trading; where that is not beside this one there are none.
/// </summary>
public sealed class PastRuns(TradeJournal journal, TradingSettings settings, ILogger<PastRuns> log) : IDisposable
{
    private const int Kept = 20;
    private readonly Lock _lock = new();
    private readonly List<PastRun> _runs = [];
    private string _folder = NewFolder();
    private readonly CancellationTokenSource _stop = new();
    private CancellationTokenSource? _running;

    /// <summary>Why there are none; null where there are.</summary>
    public static string? Missing { get; } = TradingCommand.Here is null
        ? "backtests need the program trading beside this one: start it as trading run (dotnet run --project services/Cli -- run)" : null;

    /// <summary>The runs since the start, newest first.</summary>
    public IReadOnlyList<PastRun> All
    {
        get
        {
            lock (_lock)
                return [.. _runs.AsEnumerable().Reverse().Select(Timed)];
        }
    }

    /// <summary>A run; null when there is none.</summary>
    public PastRun? Find(int id)
    {
        lock (_lock)
            return _runs.Find(run => run.Id == id) is { } found ? Timed(found) : null;
    }

    /// <summary>Where reports are written.</summary>
    public string Folder
    {
        get
        {
            lock (_lock)
                return _folder;
        }
    }

    /// <summary>The file with a run's report; null when it has none.</summary>
    public string? Report(int id) =>
        Find(id) is { HasReport: true } && ReportFile(Folder, id) is var file && File.Exists(file) ? file : null;

    /// <summary>Starts a run.</summary>
    /// <exception cref="ApiException">It cannot be started.</exception>
    public PastRun Start(string by, PastRequest request)
    {
        if (request.Kind is not ("backtest" or "drift"))
            throw Problems.Wrong("kind", "backtest or drift", request.Kind);
        if (request.From >= request.To)
            throw Problems.Wrong("from", "before to", request.From);
        if (request.Strategy is { } strategy && !TradingStrategies.Names.Contains(strategy))
            throw Problems.Wrong("strategy", $"one of {string.Join(", ", TradingStrategies.Names)}", strategy);
        foreach (var (name, _) in request.Set ?? [])
        {
            if (!SettingsReader.Names.Contains(name, StringComparer.OrdinalIgnoreCase) || !TradingCommand.IsHanded(name))
                throw Problems.Wrong("set", "settings of decisions by their names", name);
        }
        if (TradingCommand.Here is not { } program)
            throw new ApiException(Problems.Of(StatusCodes.Status409Conflict, "refused", Missing!));
        lock (_lock)
        {
            if (_runs.Count > 0 && _runs[^1].State == "running")
                throw new ApiException(Problems.Of(StatusCodes.Status409Conflict, "refused", $"run {_runs[^1].Id} is under way"));
            var run = new PastRun(_runs.Count > 0 ? _runs[^1].Id + 1 : 1, request, by, TimeProvider.System.GetUtcNow(), 0, "running", null,
                null, false);
            // What clears temporary folders may have taken it; another one, for the name of the old one was seen by others.
            if (!Directory.Exists(_folder))
                _folder = NewFolder();
            var (folder, running) = (_folder, CancellationTokenSource.CreateLinkedTokenSource(_stop.Token));
            _running = running;
            _runs.Add(run);
            _ = Task.Run(() => RunAsync(run, program, folder, running));
            if (_runs.Count > Kept)
            {
                Delete(ReportFile(folder, _runs[0].Id));
                _runs.RemoveAt(0);
            }
            return run;
        }
    }

    /// <summary>Stops the run under way.</summary>
    public void Stop()
    {
        lock (_lock)
            _running?.Cancel();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (IOException)
        {
            // The process that is being stopped still writes there; the folder is a temporary one.
        }
    }

    private async Task RunAsync(PastRun run, IReadOnlyList<string> program, string folder, CancellationTokenSource running)
    {
        var (figures, report) = (Path.Combine(folder, FormattableString.Invariant($"{run.Id}.json")), ReportFile(folder, run.Id));
        var cancellation = running.Token;
        try
        {
            using var process = Process.Start(StartOf(run, program, figures, report))!;
            process.StandardInput.Close();
            Priority.Lower(process, ProcessPriorityClass.Idle);
            var said = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
            await using (cancellation.Register(() => process.Kill(entireProcessTree: true)))
                await process.WaitForExitAsync(CancellationToken.None);
            if (cancellation.IsCancellationRequested)
                Change(run.Id, known => known with { State = "stopped", Told = "it was stopped" });
            else if (process.ExitCode is 0 or 1 && await FiguresAsync(run, figures, await said) is { } found)
                Change(run.Id, known => known with { State = "done", Figures = found, HasReport = File.Exists(report) });
            else
                Change(run.Id, known => known with { State = "failed", Told = LastLine(errors.Result) });
        }
        // Whatever it is: a run that never ends would keep every later one from starting.
        catch (Exception failure)
        {
            log.LogWarning("Run {Id} over the past failed: {Reason}", run.Id, failure.Message);
            Change(run.Id, known => known with { State = "failed", Told = failure.Message });
        }
        finally
        {
            lock (_lock)
            {
                if (_running == running)
                    _running = null;
            }
            running.Dispose();
            Delete(figures);
        }
    }

    private ProcessStartInfo StartOf(PastRun run, IReadOnlyList<string> program, string figures, string report)
    {
        List<string> args = [run.Request.Kind, "--from-store"];
        args.AddRange(run.Request.Kind == "backtest" ? ["--json", figures, "--report", report] : ["--json"]);
        if (run.Request.From is { } from)
            args.AddRange(["--from", Time(from)]);
        if (run.Request.To is { } to)
            args.AddRange(["--to", Time(to)]);
        if (run.Request.Strategy is { } strategy)
            args.AddRange(["--strategy", strategy]);
        foreach (var (name, value) in run.Request.Set ?? [])
            args.AddRange(["--set", $"{name}={value}"]);
        var connection = new NpgsqlConnectionStringBuilder(journal.ConnectionString);
        connection.Database = run.Request.Journal ?? connection.Database;
        return TradingCommand.On(program, connection.ConnectionString, settings, args);
    }

    private static async Task<JsonElement?> FiguresAsync(PastRun run, string file, string said)
    {
        var text = run.Request.Kind == "drift" ? said : File.Exists(file) ? await File.ReadAllTextAsync(file) : "";
        return text.Length == 0 ? null : JsonSerializer.Deserialize<JsonElement>(text);
    }

    private static string LastLine(string errors) =>
        errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() is { } line
            ? line.StartsWith("trading: ", StringComparison.Ordinal) ? line["trading: ".Length..] : line : "it ended without a word";

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    private static PastRun Timed(PastRun run) => run.State != "running" ? run
        : run with { Seconds = Math.Round((TimeProvider.System.GetUtcNow() - run.StartedAt).TotalSeconds, 1) };

    private static string NewFolder() => Directory.CreateTempSubdirectory("trading-past-").FullName;

    private static string ReportFile(string folder, int id) => Path.Combine(folder, FormattableString.Invariant($"{id}.html"));

    private static void Delete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception kept) when (kept is IOException or UnauthorizedAccessException)
        {
            // The folder is a temporary one, and may be gone.
        }
    }

    private void Change(int id, Func<PastRun, PastRun> change)
    {
        lock (_lock)
        {
            var at = _runs.FindIndex(run => run.Id == id);
            if (at >= 0)
                _runs[at] = change(Timed(_runs[at]));
        }
    }
}
