using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Trading.TestKit.Programs;

namespace Trading.TestKit.Servers;

/// <summary>
/// A real HTTP server on a free port of this machine. Each request is answered by the next of the given answers, the last one for good.
/// </summary>
internal sealed class LocalServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Channel<int> _arrivals = Channel.CreateUnbounded<int>();
    private readonly ConcurrentQueue<HttpRequestSeen> _seen = new();
    private int _count;

    private LocalServer(Func<HttpContext, Task>[] answers)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(context =>
        {
            var number = Interlocked.Increment(ref _count);
            _seen.Enqueue(new(
                context.Request.Path + context.Request.QueryString.ToString(),
                context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(),
                    StringComparer.OrdinalIgnoreCase)));
            _arrivals.Writer.TryWrite(number);
            return answers[Math.Min(number, answers.Length) - 1](context);
        });
    }

    public Uri Address => new(_app.Urls.Single());

    public int Count => Volatile.Read(ref _count);

    public IReadOnlyList<HttpRequestSeen> Seen => [.. _seen];

    public static async Task<LocalServer> StartAsync(params Func<HttpContext, Task>[] answers)
    {
        var server = new LocalServer(answers);
        await server._app.StartAsync();
        return server;
    }

    /// <summary>Answers with a status, a body and headers.</summary>
    public static Func<HttpContext, Task> Answer(int status, string body = "", params (string Name, string Value)[] headers) =>
        async context =>
        {
            context.Response.StatusCode = status;
            foreach (var (name, value) in headers)
                context.Response.Headers.Append(name, value);
            await context.Response.WriteAsync(body);
        };

    /// <summary>Sends the beginning of an answer and then nothing more, until the client goes away.</summary>
    public static Func<HttpContext, Task> Hang(string beginning = "") => async context =>
    {
        if (beginning.Length > 0)
        {
            await context.Response.WriteAsync(beginning);
            await context.Response.Body.FlushAsync();
        }

        var gone = new TaskCompletionSource();
        await using var registration = context.RequestAborted.Register(gone.SetResult);
        await gone.Task;
    };

    /// <summary>Sends the beginning of an answer and resets the connection.</summary>
    public static Func<HttpContext, Task> Reset(string beginning = "") => async context =>
    {
        if (beginning.Length > 0)
        {
            context.Response.ContentLength = beginning.Length + 1000;
            await context.Response.WriteAsync(beginning);
            await context.Response.Body.FlushAsync();
        }

        context.Abort();
    };

    /// <summary>Completes when the next request has arrived that nobody has waited for yet.</summary>
    public Task<int> NextArrival() => _arrivals.Reader.ReadAsync().AsTask().WaitAsync(HangGuard.Limit);

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}

/// <summary>A request as the server saw it.</summary>
internal sealed record HttpRequestSeen(string Path, IReadOnlyDictionary<string, string> Headers);
