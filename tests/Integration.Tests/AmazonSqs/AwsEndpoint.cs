using System.Net;
using System.Net.Sockets;
using Amazon.SimpleNotificationService;
using Amazon.SQS;
using Trading.Hosting;

namespace Trading.Integration.Tests.AmazonSqs;

/// <summary>
/// The SNS and SQS of the whole test run: the endpoint that the environment variable TRADING_TEST_AWS names by its URL, else a local one that
/// starts when the first test asks for it and is gone with the run. Tests keep apart by names of their own.
/// </summary>
public static class AwsEndpoint
{
    private static readonly Lazy<Task<Uri>> Started = new(StartAsync);
    private static LocalAws? _local;
    private static int _names;

    public static Task<Uri> UrlAsync() => Started.Value;

    /// <summary>A name that no other test has, now or in an earlier run on the same endpoint.</summary>
    public static string NewName() => $"t{Environment.ProcessId}-{Interlocked.Increment(ref _names)}";

    public static AmazonSQSClient Sqs(Uri url) => new("test", "secret", new AmazonSQSConfig { ServiceURL = url.ToString(), AuthenticationRegion = "us-east-1" });

    public static AmazonSimpleNotificationServiceClient Sns(Uri url) =>
        new("test", "secret", new AmazonSimpleNotificationServiceConfig { ServiceURL = url.ToString(), AuthenticationRegion = "us-east-1" });

    internal static async Task StopAsync()
    {
        if (_local is not null)
            await _local.DisposeAsync();
    }

    private static async Task<Uri> StartAsync()
    {
        if (Environment.GetEnvironmentVariable("TRADING_TEST_AWS") is { Length: > 0 } given)
            return new Uri(given);
        _local = await LocalAws.StartAsync();
        return _local.Url;
    }
}

/// <summary>A way to an endpoint that can be cut and opened again: while it is cut, connections are refused and the open ones break.</summary>
public sealed class CuttableWay : IAsyncDisposable
{
    private readonly Uri target;
    private readonly int port;
    private readonly List<Socket> sockets = [];
    private TcpListener? listener;

    public CuttableWay(Uri target)
    {
        this.target = target;
        listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        port = ((IPEndPoint)listener.LocalEndpoint).Port;
        _ = AcceptAsync(listener);
    }

    public Uri Url => new($"http://127.0.0.1:{port}");

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
        var far = new Socket(SocketType.Stream, ProtocolType.Tcp);
        lock (sockets)
            sockets.AddRange([near, far]);
        await far.ConnectAsync(IPAddress.Loopback, target.Port);
        await Task.WhenAny(CopyAsync(near, far), CopyAsync(far, near));
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
