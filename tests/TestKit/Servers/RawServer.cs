using System.Net;
using System.Net.Sockets;

namespace Trading.TestKit.Servers;

/// <summary>Answers whatever is asked with the bytes that a test gives, which need be no HTTP, and closes.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<byte[]> _next;

    public RawServer(Func<byte[]> next)
    {
        _next = next;
        _listener.Start();
        _ = AcceptAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    public ValueTask DisposeAsync()
    {
        _listener.Stop();
        return ValueTask.CompletedTask;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = AnswerAsync(await _listener.AcceptSocketAsync());
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The end of the test.
        }
    }

    private async Task AnswerAsync(Socket caller)
    {
        using (caller)
        {
            try
            {
                await caller.ReceiveAsync(new byte[64 * 1024]);
                await caller.SendAsync(_next());
                caller.Shutdown(SocketShutdown.Send);
                // Until the caller has read and left: a close with unread bytes would be a reset.
                while (await caller.ReceiveAsync(new byte[64 * 1024]) > 0)
                {
                }
            }
            catch (SocketException)
            {
                // The caller left first.
            }
        }
    }
}
