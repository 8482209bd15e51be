using System.Diagnostics;
using Trading.LocalServers;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Integration.Tests.Distributed;

/// <summary>trading up: what it starts is found by the other commands, and nothing of it is left, however it ends.</summary>
public sealed class UpTests : SerialTest
{
    [Fact]
    public async Task ctrl_c_stops_services_endpoint_and_database_and_until_then_other_commands_find_them()
    {
        foreach (var (signal, code) in LongForm.Or<(string, int)[]>([("INT", 130), ("TERM", 143), ("HUP", 129)], [("INT", 130)]))
        {
            using var up = new Up(Folder);
            await up.StartedAsync();
            var found = await CliProgram.RunAsync(up.Environment, "queues");
            Assert.Equal(0, found.Code);
            Assert.Contains("trading-executor", found.Output, StringComparison.Ordinal);
            Assert.Contains("of the system that trading up runs here", found.Errors, StringComparison.Ordinal);
            Assert.Equal(0, (await CliProgram.RunAsync(up.Environment, "topology", "create")).Code);

            up.Signal(signal);
            var (exitCode, errors) = await up.EndAsync();
            Assert.Equal(code, exitCode);
            Assert.Equal("trading: stopped", Assert.Single(errors, line => line.StartsWith("trading:", StringComparison.Ordinal)));
            Assert.DoesNotContain(errors, line => line.Contains("   at ", StringComparison.Ordinal));
            up.NothingIsLeft();
        }
    }

    [Fact]
    public async Task a_service_that_dies_is_named_with_its_log_and_ends_everything()
    {
        using var up = new Up(Folder);
        await up.StartedAsync();
        up.Kill("service executor");
        var (exitCode, errors) = await up.EndAsync();
        Assert.Equal(128 + 9, exitCode);
        var log = Path.Combine(up.Home, "logs", "executor.log");
        Assert.StartsWith("trading: executor ended with 137",
            Assert.Single(errors, line => line.Contains($"its log is {log}", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.True(File.Exists(log));
        up.NothingIsLeft();
    }

    private sealed class Up : IDisposable
    {
        private readonly Process _process;
        private readonly List<string> _errors = [];
        private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Up(string folder)
        {
            // Run by root, the server is run by another user, who passes through this folder.
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
            Home = Path.Combine(folder, "home");
            // The endpoint's package is taken from the place where other tests have it.
            var cache = Directory.CreateDirectory(Path.Combine(Home, "cache")).FullName;
            foreach (var installed in Directory.Exists(UsualCache) ? Directory.GetDirectories(UsualCache, "fauxqs-*") : [])
                if (!Path.Exists(Path.Combine(cache, Path.GetFileName(installed))))
                    Directory.CreateSymbolicLink(Path.Combine(cache, Path.GetFileName(installed)), installed);
            Environment = new Dictionary<string, string> { [TradingHome.Variable] = Home };
            _process = CliProgram.Start(Environment, "up", "--", "--feed", "simulated", "--set", "PriceIntervalSeconds=1",
                "--set", "DecisionIntervalSeconds=1", "--set", "HorizonSeconds=60");
            _process.OutputDataReceived += (_, line) =>
            {
                if (line.Data is null)
                    _started.TrySetException(new InvalidOperationException($"it ended: {string.Join('\n', _errors)}"));
                else if (line.Data.Contains("started predictor", StringComparison.Ordinal))
                    _started.TrySetResult();
            };
            _process.ErrorDataReceived += (_, line) =>
            {
                if (line.Data is not null)
                    _errors.Add(line.Data);
            };
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
        }

        public string Home { get; }

        public IReadOnlyDictionary<string, string> Environment { get; }

        private static string UsualCache => Path.Combine(
            System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile), ".cache", "trading");

        public Task StartedAsync() => _started.Task.WaitAsync(HangGuard.Limit);

        public void Signal(string signal) => Run("kill", $"-{signal}", $"{_process.Id}");

        // Of the processes that this one started, the one with these words.
        public void Kill(string words) => Run("pkill", "-KILL", "-P", $"{_process.Id}", "-f", words);

        public async Task<(int ExitCode, IReadOnlyList<string> Errors)> EndAsync()
        {
            using var limit = new CancellationTokenSource(HangGuard.Limit);
            await _process.WaitForExitAsync(limit.Token);
            return (_process.ExitCode, _errors);
        }

        public void NothingIsLeft()
        {
            Assert.Empty(Directory.GetFiles(Home, "up-*.json"));
            Assert.Empty(Directory.GetFiles(Home, "postmaster.pid", SearchOption.AllDirectories));
            using var ps = Process.Start(new ProcessStartInfo("ps", ["-eo", "args"]) { RedirectStandardOutput = true })!;
            Assert.DoesNotContain(Home, ps.StandardOutput.ReadToEnd(), StringComparison.Ordinal);
        }

        public void Dispose()
        {
            if (!_process.HasExited)
                _process.Kill(entireProcessTree: true);
            _process.Dispose();
        }

        private static void Run(string program, params string[] arguments)
        {
            using var process = Process.Start(program, arguments);
            process.WaitForExit();
        }
    }
}
