using System.Text;
using Trading.TestKit.Data;
using Trading.TestKit.Programs;

namespace Trading.Services.Tests.Hosting;

/// <summary>How many malformed answers are given, and how they come over the wire. Cases by seed.</summary>
public abstract class MutatedCallsTest
{
    private protected static readonly int Cases = LongForm.Or(10_000, 400);
    private protected static readonly int Calls = LongForm.Or(5_000, 100);

    // One half malformed within, the other on the wire.
    private protected static byte[] Wire(JsonMutator json, TextMutator wire, string said)
    {
        lock (json)
        {
            var body = json.Next(said);
            var head = $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n";
            return body.Length % 2 == 0 ? [.. Encoding.ASCII.GetBytes(head), .. body]
                : wire.Next($"HTTP/1.1 200 OK\r\nContent-Length: {said.Length}\r\nConnection: close\r\n\r\n{said}");
        }
    }

    // Waits pass at once.
    private protected sealed class Hasty : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(
                callback, state, dueTime > TimeSpan.Zero && dueTime < TimeSpan.FromSeconds(3) ? TimeSpan.Zero : dueTime, period);
    }
}
