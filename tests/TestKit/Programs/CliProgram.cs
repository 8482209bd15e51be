using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;

namespace Trading.TestKit.Programs;

/// <summary>trading, as a program of its own or within this process.</summary>
internal static class CliProgram
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>What a run left.</summary>
    internal sealed record Result(int Code, string Output, string Errors);

    /// <summary>Runs a command as a program of its own, as people do.</summary>
    /// <param name="environment">Further variables.</param>
    /// <param name="arguments">What follows on "trading".</param>
    internal static async Task<Result> RunAsync(IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        using var program = Start(environment, arguments);
        using var limit = new CancellationTokenSource(HangGuard.Limit);
        var (output, errors) = (program.StandardOutput.ReadToEndAsync(limit.Token), program.StandardError.ReadToEndAsync(limit.Token));
        await program.WaitForExitAsync(limit.Token);
        return new(program.ExitCode, await output, await errors);
    }

    /// <summary>
    /// Runs a command through the program's entry point in this process, which saves a second of start for each. The settings that a
    /// program would find in its environment are given as switches, because the environment is shared by all tests.
    /// </summary>
    /// <param name="arguments">What follows on "trading".</param>
    internal static async Task<Result> RunHereAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        // The entry point blocks its thread until the command has ended: not one of the few of the pool.
        var running = Task.Factory.StartNew(
            () =>
            {
                ConsoleOfFlow.Keep(output, errors);
                return (int)typeof(Cli.Audit.AuditCommand).Assembly.EntryPoint!.Invoke(null, [arguments])!;
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        return new(await running.WaitAsync(HangGuard.Limit), output.ToString(), errors.ToString());
    }

    /// <summary>The settings of an environment as the switches that say the same.</summary>
    internal static IEnumerable<string> Switches(IReadOnlyDictionary<string, string> environment) =>
        environment.SelectMany(variable => new[] { "--set", $"{variable.Key["Trading__".Length..]}={variable.Value}" });

    /// <summary>Begins a command; its output must be read.</summary>
    internal static Process Start(IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Cli.Audit.AuditCommand).Assembly.Location, .. arguments])
        { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Console output that goes where the flow of control wants it, so that commands may run side by side.</summary>
    internal sealed class ConsoleOfFlow(TextWriter usual) : TextWriter
    {
        private static readonly ConsoleOfFlow Output = new(Console.Out), Errors = new(Console.Error);
        private readonly AsyncLocal<TextWriter?> _kept = new();

        /// <summary>Takes the console before anything can hold on to the one that it was.</summary>
        [ModuleInitializer]
        internal static void Take()
        {
            Console.SetOut(Output);
            Console.SetError(Errors);
        }

        public override Encoding Encoding => usual.Encoding;

        private TextWriter Target => _kept.Value ?? usual;

        /// <summary>From here on, what this flow of control and those that it starts write is kept.</summary>
        public static void Keep(TextWriter output, TextWriter errors) =>
            (Output._kept.Value, Errors._kept.Value) = (Synchronized(output), Synchronized(errors));

        public override void Write(char value) => Target.Write(value);

        public override void Write(char[] buffer, int index, int count) => Target.Write(buffer, index, count);

        public override void Write(ReadOnlySpan<char> buffer) => Target.Write(buffer);

        public override void Write(string? value) => Target.Write(value);

        public override void WriteLine(string? value) => Target.WriteLine(value);

        public override void Flush() => Target.Flush();
    }
}
