using System.Collections.Frozen;
using System.IO.Compression;
using System.Security.Cryptography;

namespace Trading.Dashboard.Pages;

/// <summary>
/// The files of the pages, inside this assembly. Their address holds a hash over all of them, so that browsers keep them for good.
/// </summary>
public static class Assets
{
    private const string Prefix = "web/";

    private static readonly FrozenDictionary<string, Lazy<Asset>> Files = typeof(Assets).Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
        .ToFrozenDictionary(name => name[Prefix.Length..].Replace('\\', '/'), name => new Lazy<Asset>(() => Load(name)));

    /// <summary>Where they are.</summary>
    public static string Path { get; } = $"/assets/{Version()}";

    /// <summary>A file as text.</summary>
    public static string Text(string name) => System.Text.Encoding.UTF8.GetString(Files[name].Value.Plain);

    /// <summary>Maps them.</summary>
    public static void MapAssets(this WebApplication app)
    {
        app.MapGet("/assets/{version}/{**name}", Answer).ExcludeFromDescription();
        app.MapGet("/favicon.svg", (HttpContext context) => Answer(context, "favicon.svg")).ExcludeFromDescription();
    }

    private static IResult Answer(HttpContext context, string name)
    {
        if (!Files.TryGetValue(name, out var file) || name.EndsWith(".html", StringComparison.Ordinal))
            return Results.NotFound();
        var headers = context.Response.Headers;
        headers.CacheControl = "public, max-age=31536000, immutable";
        headers.Vary = "Accept-Encoding";
        var small = context.Request.Headers.AcceptEncoding.ToString().Contains("br", StringComparison.Ordinal);
        if (small)
            headers.ContentEncoding = "br";
        return Results.Bytes(small ? file.Value.Compressed : file.Value.Plain, Type(name));
    }

    private static Asset Load(string resource)
    {
        using var stream = typeof(Assets).Assembly.GetManifestResourceStream(resource)!;
        using var plain = new MemoryStream();
        stream.CopyTo(plain);
        using var compressed = new MemoryStream();
        using (var brotli = new BrotliStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
            brotli.Write(plain.ToArray());
        return new(plain.ToArray(), compressed.ToArray());
    }

    // Of the assembly's own identity: each build has another.
    private static string Version() =>
        Convert.ToHexStringLower(SHA256.HashData(typeof(Assets).Assembly.ManifestModule.ModuleVersionId.ToByteArray()))[..12];

    private static string Type(string name) => System.IO.Path.GetExtension(name) switch
    {
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        ".webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    };

    private sealed record Asset(byte[] Plain, byte[] Compressed);
}
