using System.Net;
using System.Net.Sockets;

namespace Trading.TestKit.Servers;

/// <summary>
/// A way to an endpoint that can be cut and opened again: while it is cut, connections are refused and the open ones break.
/// </summary>
public sealed class CuttableProxy : IAsyncDisposable
{
    private readonly EndPoint target;
    private readonly int port;
    private readonly List<Socket> sockets = [];
    private TcpListener? listener;

    public CuttableProxy(Uri target) : this(new IPEndPoint(IPAddress.Loopback, target.Port))
    {
    }

    public CuttableProxy(EndPoint target)
    {
        this.target = target;
        listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        port = ((IPEndPoint)listener.LocalEndpoint).Port;
        _ = AcceptAsync(listener);
    }

    public Uri Url => new($"http://127.0.0.1:{port}");

    public int Port => port;

    public void Cut()
    {
        listener?.Stop();
        listener = null;
        lock (sockets)
        {
            sockets.ForEach(socket => socket.Dispose());
            sockets.Clear();
        }
    }

    public void Open()
    {
        listener = new TcpListener(IPAddress.Loopback, port) { ExclusiveAddressUse = false };
        listener.Start();
        _ = AcceptAsync(listener);
    }

    public ValueTask DisposeAsync()
    {
        Cut();
        return ValueTask.CompletedTask;
    }

    private async Task AcceptAsync(TcpListener accepting)
    {
        try
        {
            while (true)
                _ = JoinAsync(await accepting.AcceptSocketAsync());
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The way was cut.
        }
    }

    private async Task JoinAsync(Socket near)
    {
        var far = target is UnixDomainSocketEndPoint
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) : new Socket(SocketType.Stream, ProtocolType.Tcp);
        lock (sockets)
            sockets.AddRange([near, far]);
        try
        {
            await far.ConnectAsync(target);
            await Task.WhenAny(CopyAsync(near, far), CopyAsync(far, near));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Nobody is at the other end, or the way was cut meanwhile.
        }
        near.Dispose();
        far.Dispose();
    }

    private static async Task CopyAsync(Socket from, Socket to)
    {
        try
        {
            var buffer = new byte[64 * 1024];
            while (await from.ReceiveAsync(buffer) is > 0 and var count)
                await to.SendAsync(buffer.AsMemory(0, count));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Either side left, or the way was cut.
        }
    }
}
