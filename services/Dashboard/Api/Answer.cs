using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Trading.Dashboard.Answers;

namespace Trading.Dashboard.Api;

/// <summary>
/// An answer in JSON with an ETag: a caller that has it already (If-None-Match) gets 304 and no body.
/// </summary>
/// <typeparam name="T">What is answered.</typeparam>
public sealed class Answer<T>(T value) : IResult, IEndpointMetadataProvider
{
    private const int TagBytes = 12;

    /// <summary>What is answered.</summary>
    public T Value { get; } = value;

    /// <inheritdoc/>
    static void IEndpointMetadataProvider.PopulateMetadata(MethodInfo method, EndpointBuilder builder)
    {
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(T), ["application/json"]));
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status304NotModified));
    }

    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(Value, ApiJson.Options);
        var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(body).AsSpan(0, TagBytes))}\"";
        var response = httpContext.Response;
        response.Headers.ETag = tag;
        response.Headers.CacheControl = "private, no-cache";
        if (httpContext.Request.Headers.IfNoneMatch.Any(known => known?.Contains(tag, StringComparison.Ordinal) == true))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, httpContext.RequestAborted);
    }
}

/// <summary>A part of a list, newest first.</summary>
/// <typeparam name="T">What is listed.</typeparam>
/// <param name="Items">The rows.</param>
/// <param name="Total">Rows of the whole list, under the same filters.</param>
/// <param name="Next">What the parameter before must be for the next part; null when this is the last.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, long Total, long? Next);

/// <summary>Takes parts of lists.</summary>
public static class Paging
{
    /// <summary>Most rows of a part.</summary>
    public const int MostRows = 500;

    private const int Usual = 50;

    /// <summary>Takes a part of rows that are in order, oldest first.</summary>
    /// <param name="rows">The whole list.</param>
    /// <param name="place">A row's place in the journal.</param>
    /// <param name="before">Only rows before this place; null for the newest.</param>
    /// <param name="limit">Most rows; null for the usual number.</param>
    public static Page<T> Of<T>(IReadOnlyList<T> rows, Func<T, long> place, long? before, int? limit)
    {
        if (limit is < 1 or > MostRows)
            throw Problems.Wrong("limit", $"1 to {MostRows}", limit);
        var end = before is { } known ? CountBefore(rows, place, known) : rows.Count;
        var begin = Math.Max(0, end - (limit ?? Usual));
        List<T> page = [.. Enumerable.Range(begin, end - begin).Reverse().Select(at => rows[at])];
        return new(page, rows.Count, begin > 0 && page.Count > 0 ? place(page[^1]) : null);
    }

    private static int CountBefore<T>(IReadOnlyList<T> rows, Func<T, long> place, long before)
    {
        var (from, to) = (0, rows.Count);
        while (from < to)
        {
            var middle = from + (to - from) / 2;
            (from, to) = place(rows[middle]) < before ? (middle + 1, to) : (from, middle);
        }
        return from;
    }
}
