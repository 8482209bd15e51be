using System.Diagnostics;
using System.Text.Json;
using Trading.LocalServers;

namespace Trading.Cli.Shared;

/// <summary>What a running "trading up" writes down in the user's folder, so that other commands find its system by themselves.</summary>
/// <param name="ProcessId">The process.</param>
/// <param name="StartedAt">When the process began, which tells it from a later one of the same number.</param>
/// <param name="AwsServiceUrl">Where SNS and SQS are.</param>
/// <param name="Environment">The variables with which an AWS client reaches them.</param>
/// <param name="Scope">Prefix of its queues and topics.</param>
public sealed record UpNote(int ProcessId, DateTime StartedAt, string AwsServiceUrl, IReadOnlyDictionary<string, string> Environment,
    string Scope) : IDisposable
{
    private const string Pattern = "up-*.json";

    private static string FileOf(int processId) => TradingHome.Place($"up-{processId}.json");

    /// <summary>Writes the note of this process, and takes away those of processes that were killed.</summary>
    public static UpNote Write(LocalAws aws, string scope)
    {
        using var self = Process.GetCurrentProcess();
        var note = new UpNote(self.Id, self.StartTime.ToUniversalTime(), aws.Url.ToString(), aws.Environment, scope);
        Directory.CreateDirectory(TradingHome.Folder);
        foreach (var file in Directory.GetFiles(TradingHome.Folder, Pattern).Where(file => Read(file) is null))
            File.Delete(file);
        File.WriteAllText(FileOf(note.ProcessId), JsonSerializer.Serialize(note));
        return note;
    }

    /// <summary>The note of the newest running system; null when none runs.</summary>
    public static UpNote? Running() => Directory.Exists(TradingHome.Folder)
        ? Directory.GetFiles(TradingHome.Folder, Pattern).Select(Read).OfType<UpNote>().MaxBy(note => note.StartedAt) : null;

    /// <summary>Takes the note away.</summary>
    public void Dispose() => File.Delete(FileOf(ProcessId));

    // Null for a note whose process has ended, or that cannot be read.
    private static UpNote? Read(string file)
    {
        try
        {
            if (JsonSerializer.Deserialize<UpNote>(File.ReadAllText(file)) is not { } note)
                return null;
            using var process = Process.GetProcessById(note.ProcessId);
            return Math.Abs((process.StartTime.ToUniversalTime() - note.StartedAt).TotalSeconds) < 2 ? note : null;
        }
        catch (Exception gone) when (gone is ArgumentException or JsonException or IOException or InvalidOperationException
            or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
