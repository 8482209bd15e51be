using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Trading.TestKit.Servers;

/// <summary>One span as a program exported it; the identifiers in hexadecimal, an empty parent at the root.</summary>
internal sealed record ExportedSpan(
    string Service, string TraceId, string SpanId, string ParentId, string Name, IReadOnlyDictionary<string, string> Attributes);

/// <summary>
/// An OTLP collector in memory: takes traces over gRPC (opentelemetry-proto 1.x, trace/v1/trace.proto) and keeps their spans.
/// </summary>
internal sealed class SpanCollector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<ExportedSpan> _spans = new();

    private SpanCollector()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(listen => listen.Protocols = HttpProtocols.Http2));
        _app = builder.Build();
        _app.Run(TakeAsync);
    }

    public string Url => _app.Urls.Single();

    public IReadOnlyList<ExportedSpan> Spans => [.. _spans];

    public static async Task<SpanCollector> StartAsync()
    {
        var collector = new SpanCollector();
        await collector._app.StartAsync();
        return collector;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        // Metrics come too, and are not what is asked for here.
        if (context.Request.Path.Value!.EndsWith("TraceService/Export", StringComparison.Ordinal))
            Keep(Message(body.ToArray()));
        context.Response.ContentType = "application/grpc";
        context.Response.DeclareTrailer("grpc-status");
        // An empty answer: not compressed, no bytes.
        await context.Response.Body.WriteAsync(new byte[5]);
        context.Response.AppendTrailer("grpc-status", "0");
    }

    // One message of gRPC: a byte that says whether it is compressed, four of its length, the message.
    private static ReadOnlyMemory<byte> Message(byte[] body) =>
        body.AsMemory(5, (int)BinaryPrimitives.ReadUInt32BigEndian(body.AsSpan(1)));

    private void Keep(ReadOnlyMemory<byte> export)
    {
        foreach (var (_, resourceSpans) in Fields(export, 1))
        {
            var resource = Fields(resourceSpans, 1).SelectMany(field => Attributes(field.Value, 1)).ToDictionary();
            foreach (var (_, scope) in Fields(resourceSpans, 2))
                foreach (var (_, span) in Fields(scope, 2))
                {
                    _spans.Enqueue(new(resource.GetValueOrDefault("service.name", ""), Hex(span, 1), Hex(span, 2), Hex(span, 4),
                        Text(Fields(span, 5).Single().Value), Attributes(span, 9).DistinctBy(pair => pair.Key).ToDictionary()));
                }
        }
    }

    private static IEnumerable<KeyValuePair<string, string>> Attributes(ReadOnlyMemory<byte> message, int number) =>
        from field in Fields(message, number)
        let key = Fields(field.Value, 1).Select(key => Text(key.Value)).FirstOrDefault("")
        let value = Fields(field.Value, 2).SelectMany(any => Fields(any.Value, 1)).Select(text => Text(text.Value)).FirstOrDefault("")
        select KeyValuePair.Create(key, value);

    private static string Hex(ReadOnlyMemory<byte> message, int number) =>
        Convert.ToHexStringLower(Fields(message, number).Select(field => field.Value.ToArray()).FirstOrDefault([]));

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    // The wire format of protocol buffers: the fields of one number that have a length; all others are passed over.
    private static List<(int Number, ReadOnlyMemory<byte> Value)> Fields(ReadOnlyMemory<byte> message, int number)
    {
        var fields = new List<(int, ReadOnlyMemory<byte>)>();
        for (var at = 0; at < message.Length;)
        {
            var tag = Varint(message.Span, ref at);
            var length = (tag & 7) switch { 1 => 8, 5 => 4, 2 => (int)Varint(message.Span, ref at), _ => 0 };
            if ((tag & 7) == 0)
                Varint(message.Span, ref at);
            else if ((tag & 7) == 2 && (int)(tag >> 3) == number)
                fields.Add((number, message.Slice(at, length)));
            at += length;
        }
        return fields;
    }

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = bytes[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
    }
}
