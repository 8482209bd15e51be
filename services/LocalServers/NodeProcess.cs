using System.ComponentModel;
using System.Diagnostics;

namespace Trading.LocalServers;

/// <summary>A program of Node.js, without the secrets of this one.</summary>
internal static class NodeProcess
{
    /// <summary>Starts one.</summary>
    /// <param name="program">node or npm.</param>
    /// <param name="folder">Where it runs.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="what">What it is for, for a person.</param>
    /// <exception cref="InvalidOperationException">It is not there.</exception>
    public static Process Start(string program, string folder, string[] arguments, string what)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            return Process.Start(start.WithoutSecrets())!;
        }
        catch (Win32Exception exception)
        {
            throw new InvalidOperationException(
                $"The local {what} needs Node.js 20 or newer with npm on the PATH; {program} could not be started: {exception.Message}",
                exception);
        }
    }

    /// <summary>The line that says what is wrong; node and npm print traces and hints around it.</summary>
    public static string LastError(string errors)
    {
        var lines = errors.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return lines.FirstOrDefault(line => line.Contains("rror", StringComparison.Ordinal)) ?? lines.FirstOrDefault() ?? "it said nothing";
    }
}
