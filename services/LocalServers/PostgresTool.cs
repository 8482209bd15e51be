using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Trading.LocalServers;

/// <summary>Runs other programs to their end and reads what they wrote.</summary>
internal static partial class PostgresTool
{
    private static readonly string[] ProgramEndings = OperatingSystem.IsWindows() ? [".exe", ".cmd"] : [""];

    /// <summary>The folders of PATH.</summary>
    public static string[] PathFolders() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The file of a program on the PATH; null when there is none.</summary>
    public static string? OnPath(string program) =>
        PathFolders()
            .SelectMany(folder => ProgramEndings.Select(ending => Path.Combine(folder, program + ending)))
            .FirstOrDefault(File.Exists);

    /// <summary>Runs a program of the system as the caller and says what it wrote when it failed.</summary>
    public static async Task RunSystemAsync(string program, IEnumerable<string> arguments, CancellationToken cancel)
    {
        var (exitCode, output) = await RunAsync(Bare(program, arguments, Path.GetTempPath(), account: null), withChildren: false, cancel);
        if (exitCode != 0)
            throw new PrivatePostgresException($"{program} failed: {OneLine(output)}");
    }

    /// <summary>Why a program ended, in one line: the errors and hints among what it wrote, without the times in front of them.</summary>
    public static string Reason(string output)
    {
        var errors = Errors().Matches(output).Select(match => match.Value).TakeLast(3).ToArray();
        return OneLine(errors.Length > 0 ? string.Join(' ', errors) : output);
    }

    /// <summary>A text without line ends and repeated spaces.</summary>
    public static string OneLine(string text) => Whitespace().Replace(text.Trim(), " ");

    /// <summary>How a program is started without the secrets and settings that the caller's environment may hold.</summary>
    public static ProcessStartInfo Bare(string program, IEnumerable<string> arguments, string workingFolder, string? account)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = workingFolder };
        var environment = start.Environment.ToArray();
        start.Environment.Clear();
        foreach (var (name, value) in environment)
        {
            if (name is "PATH" or "Path" or "SystemRoot" or "TEMP" or "TMP" or "LD_LIBRARY_PATH")
                start.Environment[name] = value;
        }

        start.Environment["LC_ALL"] = "C";
        if (account is not null)
            start.UserName = account;
        return start;
    }

    /// <summary>Runs a program to its end.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(ProcessStartInfo start, bool withChildren, CancellationToken cancel)
    {
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.CreateNoWindow = true;
        // Keeps the terminal's Ctrl-C from the server on Windows; on other systems pg_ctl gives the server its own session.
        if (OperatingSystem.IsWindows())
            start.CreateNewProcessGroup = true;
        using var process = new Process { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            return (-1, e.Message);
        }

        process.StandardInput.Close();
        var output = Task.WhenAll(
            process.StandardOutput.ReadToEndAsync(CancellationToken.None), process.StandardError.ReadToEndAsync(CancellationToken.None));
        try
        {
            await process.WaitForExitAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            // A starting server can be stopped once it has written its process id: pg_ctl gets a moment for that.
            await Task.WhenAny(process.WaitForExitAsync(CancellationToken.None), Task.Delay(1000, CancellationToken.None));
            process.Kill(entireProcessTree: withChildren);
            throw;
        }

        // On Windows a server that pg_ctl started inherits the pipe and keeps it open: the output so far is all of it.
        await Task.WhenAny(output, Task.Delay(1000, CancellationToken.None));
        return (process.ExitCode, output.IsCompletedSuccessfully ? string.Join('\n', await output) : "");
    }

    [GeneratedRegex("(FATAL|PANIC|HINT|error): .*")]
    private static partial Regex Errors();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Whitespace();
}
