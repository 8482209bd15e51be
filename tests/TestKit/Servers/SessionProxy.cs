using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace Trading.TestKit.Servers;

/// <summary>
/// A way to PostgreSQL that keeps what a session begins with, can tell another process id, as a pooler does, and can go silent: then it
/// passes nothing on, closes nothing and still acknowledges what comes.
/// </summary>
internal sealed class SessionProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly EndPoint _server;
    private volatile bool _silent;

    public SessionProxy(string database)
    {
        var given = new NpgsqlConnectionStringBuilder(database);
        _server = given.Host!.StartsWith('/') ? new UnixDomainSocketEndPoint(Path.Combine(given.Host, $".s.PGSQL.{given.Port}"))
            : new DnsEndPoint(given.Host, given.Port);
        _listener.Start();
        Connection = new NpgsqlConnectionStringBuilder(database)
        {
            Host = "127.0.0.1", Port = ((IPEndPoint)_listener.LocalEndpoint).Port, Pooling = false, SslMode = SslMode.Disable,
            GssEncryptionMode = GssEncryptionMode.Disable,
        }.ConnectionString;
        _ = AcceptAsync();
    }

    /// <summary>The same database over this way.</summary>
    public string Connection { get; }

    /// <summary>The process id that is told in place of the session's own; null to tell that one.</summary>
    public int? ProcessId { get; init; }

    /// <summary>So many sessions are still refused, as a server does that is starting.</summary>
    public int Refuses { get; set; }

    /// <summary>How many sessions were begun.</summary>
    public int Sessions { get; private set; }

    /// <summary>The first message of the last session, with its settings.</summary>
    public string Begun { get; private set; } = "";

    /// <summary>Passes nothing on any more, in either direction.</summary>
    public void GoSilent() => _silent = true;

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
                _ = JoinAsync(await _listener.AcceptTcpClientAsync());
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The end of the test.
        }
    }

    private async Task JoinAsync(TcpClient client)
    {
        using var far = _server is UnixDomainSocketEndPoint
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) : new Socket(SocketType.Stream, ProtocolType.Tcp);
        using (client)
        {
            try
            {
                await far.ConnectAsync(_server);
                await using var near = client.GetStream();
                await using var server = new NetworkStream(far);
                var length = new byte[4];
                await near.ReadExactlyAsync(length);
                var first = new byte[BinaryPrimitives.ReadInt32BigEndian(length) - 4];
                await near.ReadExactlyAsync(first);
                Sessions++;
                Begun = Encoding.UTF8.GetString(first).Replace('\0', ' ');
                if (Refuses > 0)
                {
                    Refuses--;
                    await near.WriteAsync(Starting);
                    return;
                }
                await server.WriteAsync(length.Concat(first).ToArray());
                await Task.WhenAny(AskAsync(near, server), AnswerAsync(server, near));
            }
            catch (Exception ended) when (ended is IOException or SocketException or ObjectDisposedException)
            {
                // Either side left.
            }
        }
    }

    private static byte[] Starting
    {
        get
        {
            var fields = Encoding.ASCII.GetBytes("SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0");
            var message = new byte[5 + fields.Length];
            message[0] = (byte)'E';
            BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(1), 4 + fields.Length);
            fields.CopyTo(message, 5);
            return message;
        }
    }

    private async Task AskAsync(Stream near, Stream server)
    {
        var buffer = new byte[64 * 1024];
        while (await near.ReadAsync(buffer) is > 0 and var count)
        {
            if (!_silent)
                await server.WriteAsync(buffer.AsMemory(0, count));
        }
        // Its end is not passed on either.
        while (_silent)
            await Task.Delay(TimeSpan.FromSeconds(1));
    }

    // Message by message: a kind, a length that counts itself, and the content. K holds the process id.
    private async Task AnswerAsync(Stream server, Stream near)
    {
        var head = new byte[5];
        while (await server.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false) == head.Length)
        {
            var content = new byte[BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(1)) - 4];
            await server.ReadExactlyAsync(content);
            if (head[0] == (byte)'K' && ProcessId is { } told)
                BinaryPrimitives.WriteInt32BigEndian(content, told);
            if (!_silent)
                await near.WriteAsync(head.Concat(content).ToArray());
        }
    }
}
