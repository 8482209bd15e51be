using Trading.Aws;

namespace Trading.Hosting.Stores;

/// <summary>The raw answers in S3, an object for each collection.</summary>
public sealed class S3RawAnswers(S3Folder bucket, bool create, bool gzip) : IPriceSink, IDisposable
{
    private const int WritesAtOnce = 8;

    /// <inheritdoc/>
    public string Name => "s3";

    /// <inheritdoc/>
    public int MostAtOnce => 32;

    /// <inheritdoc/>
    public Task PrepareAsync(CancellationToken cancellation) =>
        create ? AwsStore.TryAsync("S3", () => bucket.CreateAsync(cancellation), cancellation) : Task.CompletedTask;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> WriteAsync(IReadOnlyList<Collected> collections, CancellationToken cancellation)
    {
        await Parallel.ForEachAsync(collections.Where(collection => collection.Answers.Count > 0),
            new ParallelOptions { MaxDegreeOfParallelism = WritesAtOnce, CancellationToken = cancellation },
            async (collection, token) => await AwsStore.TryAsync("S3", () => bucket.PutNewAsync(
                RawAnswers.Key(collection.IntervalStart, gzip), RawAnswers.Content(collection, gzip), "application/json",
                gzip ? "gzip" : null, token), token));
        return [];
    }

    /// <inheritdoc/>
    public void Dispose() => bucket.Dispose();
}

/// <summary>The raw answers in a folder, under the keys that they would have in S3.</summary>
public sealed class FolderRawAnswers(string folder, bool gzip) : IPriceSink
{
    /// <inheritdoc/>
    public string Name => "folder";

    /// <inheritdoc/>
    public int MostAtOnce => 32;

    /// <inheritdoc/>
    public Task PrepareAsync(CancellationToken cancellation) => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> WriteAsync(IReadOnlyList<Collected> collections, CancellationToken cancellation)
    {
        try
        {
            foreach (var collection in collections.Where(collection => collection.Answers.Count > 0))
            {
                var path = Path.Combine(folder, RawAnswers.Key(collection.IntervalStart, gzip));
                if (File.Exists(path))
                    continue;
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                // Written under another name first, so that an incomplete file never has the final name.
                var partial = $"{path}.{Environment.ProcessId}.part";
                await File.WriteAllBytesAsync(partial, RawAnswers.Content(collection, gzip), cancellation);
                File.Move(partial, path, overwrite: true);
            }
            return [];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"folder: {failure.Message}", failure);
        }
    }
}
