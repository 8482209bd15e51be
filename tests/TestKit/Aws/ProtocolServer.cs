using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Trading.TestKit.Aws;

/// <summary>What a service insists on before it looks at a request.</summary>
/// <param name="SigningName">Name of the service in signatures, for example "timestream".</param>
/// <param name="ContentType">Content type that every request must have; any when null.</param>
/// <param name="TargetPrefix">
/// What X-Amz-Target must begin with, for example "Timestream_20181101."; the header is not looked at when null.
/// </param>
public sealed record WireProtocol(string SigningName, string? ContentType = null, string? TargetPrefix = null);

/// <summary>
/// A service of AWS as far as a test needs it: a real HTTP server on loopback that checks each request as AWS would (Signature Version 4
/// recomputed from what came over the wire, required headers) and answers as the test's function says. Answers that were scripted come
/// first: errors, throttling, broken connections, as slow as wanted.
/// </summary>
public sealed class ProtocolServer : IAsyncDisposable
{
    /// <summary>The region that requests must be signed for.</summary>
    public const string Region = "eu-central-1";

    private readonly WebApplication _application;
    private readonly WireProtocol _protocol;
    private readonly Func<WireRequest, WireAnswer> _answer;
    private readonly ConcurrentQueue<WireAnswer> _script = new();
    private readonly ConcurrentQueue<WireRequest> _requests = new();
    private readonly ConcurrentQueue<string> _refusals = new();

    private ProtocolServer(WebApplication application, WireProtocol protocol, Func<WireRequest, WireAnswer> answer) =>
        (_application, _protocol, _answer) = (application, protocol, answer);

    /// <summary>Keys that the service knows.</summary>
    public IReadOnlyList<AwsKey> Keys { get; set; } = [AwsKey.Example, AwsKey.Local];

    /// <summary>The answer to every request while it is set: a service that is not itself for a while.</summary>
    public Func<WireAnswer>? Instead { get; set; }

    /// <summary>Everything that came, refused requests too.</summary>
    public IReadOnlyList<WireRequest> Requests => [.. _requests];

    /// <summary>Why requests were refused before their content was looked at; empty when all were as AWS wants them.</summary>
    public IReadOnlyList<string> Refusals => [.. _refusals];

    /// <summary>Address of the service.</summary>
    public string Url => _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    /// <summary>Host and port, as DescribeEndpoints tells them.</summary>
    public string Host => new Uri(Url).Authority;

    /// <summary>Starts a service.</summary>
    /// <param name="protocol">What it insists on.</param>
    /// <param name="answer">Its answer to a request that it accepts, when nothing is scripted.</param>
    /// <param name="port">The port; 0 for any free one.</param>
    /// <param name="certificate">Speaks TLS with it; plain HTTP when null.</param>
    public static async Task<ProtocolServer> StartAsync(WireProtocol protocol, Func<WireRequest, WireAnswer> answer, int port = 0,
        X509Certificate2? certificate = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, listen =>
        {
            if (certificate is not null)
                listen.UseHttps(certificate);
        }));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromMilliseconds(100));
        var server = new ProtocolServer(builder.Build(), protocol, answer);
        server._application.Run(server.AnswerAsync);
        await server._application.StartAsync();
        return server;
    }

    /// <summary>Scripts the answers to the next requests that are accepted; after them the test's function answers again.</summary>
    public void Next(params WireAnswer[] answers)
    {
        foreach (var answer in answers)
            _script.Enqueue(answer);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var request = await ReadAsync(context);
        _requests.Enqueue(request);
        var answer = Refused(request) is { } refusal
            ? WireAnswer.Error(refusal.Status, refusal.Type, refusal.Message)
            : Instead is { } instead ? instead() : _script.TryDequeue(out var scripted) ? scripted : _answer(request);
        await answer.Until.WaitAsync(context.RequestAborted);
        if (answer.Broken)
        {
            context.Abort();
            return;
        }
        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = answer.ContentType;
        context.Response.ContentLength = Encoding.UTF8.GetByteCount(answer.Text);
        foreach (var (name, value) in answer.Headers)
            context.Response.Headers[name] = value;
        await context.Response.WriteAsync(answer.Text, context.RequestAborted);
    }

    private Refusal? Refused(WireRequest request)
    {
        var refusal = SignatureCheck.Of(request, Keys, Region, _protocol.SigningName, DateTimeOffset.UtcNow);
        if (refusal is null && _protocol.ContentType is { } type
            && (!request.Headers.TryGetValue("Content-Type", out var given) || given != type))
            refusal = new(400, "SerializationException",
                $"Content-Type must be {type}, was {request.Headers.GetValueOrDefault("Content-Type")}");
        if (refusal is null && _protocol.TargetPrefix is { } prefix
            && !request.Headers.GetValueOrDefault("X-Amz-Target", "").StartsWith(prefix, StringComparison.Ordinal))
            refusal = new(400, "UnknownOperationException",
                $"X-Amz-Target must begin with {prefix}, was {request.Headers.GetValueOrDefault("X-Amz-Target")}");
        if (refusal is not null)
            _refusals.Enqueue($"{refusal.Type}: {refusal.Message}");
        return refusal;
    }

    private static async Task<WireRequest> ReadAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        // The target as it was sent: the server's own Path has lost its escapes.
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget.Split('?', 2);
        var headers = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(),
            StringComparer.OrdinalIgnoreCase);
        return new(context.Request.Method, target[0], target.Length == 2 ? target[1] : "", headers, body.ToArray());
    }
}
