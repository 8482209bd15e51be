using Trading.Aws;
using Trading.Hosting.Settings;
using Trading.Journal.Sealing;

namespace Trading.Hosting.Sealing;

/// <summary>The places outside of the journal that keep its checkpoints, by their names in the settings.</summary>
public static class AnchorChoice
{
    /// <summary>The anchors that the settings name.</summary>
    public static IReadOnlyList<IAnchor> Of(TradingSettings settings) => [.. settings.Anchors.Select(name => Of(name, settings))];

    private static IAnchor Of(string name, TradingSettings settings) => name switch
    {
        "folder" => new FolderAnchor(settings.AnchorFolder!),
        S3Anchor.AnchorName => new S3Anchor(
            new(new(settings.AwsRegion, settings.AnchorServiceUrl, settings.AnchorBucket!, settings.AnchorRetentionMode,
                settings.AnchorRetentionDays), TimeProvider.System), settings.AnchorPrefix ?? ""),
        _ => throw new ArgumentException($"There is no anchor {name}.", nameof(name)),
    };
}

/// <summary>
/// Keeps checkpoints in a bucket of S3 with Object Lock, where nobody, including this program, can delete or replace them before their
/// date.
/// </summary>
public sealed class S3Anchor(LockedBucket bucket, string prefix) : IAnchor
{
    internal const string AnchorName = "s3";

    /// <inheritdoc/>
    public string Name => AnchorName;

    /// <inheritdoc/>
    public Task SetUpAsync(string origin, string? journal, CancellationToken cancellation) => AskAsync(async () =>
    {
        await bucket.PutAsync(prefix + AnchorPath.Marker(origin), AnchorMarker.Of(origin, journal).Text(), cancellation);
        return 0;
    });

    /// <inheritdoc/>
    public async Task<AnchorMarker?> MarkerAsync(string origin, CancellationToken cancellation)
    {
        var key = prefix + AnchorPath.Marker(origin);
        // All versions, as with checkpoints: a deletion hides the first and does not take it away.
        return await AskAsync(() => bucket.ListAsync(key, found => found == key, cancellation)) is [var marker, ..]
            ? AnchorMarker.Parse(marker.Name, marker.Text) : null;
    }

    /// <inheritdoc/>
    public async Task<string> KeepAsync(SignedCheckpoint checkpoint, CancellationToken cancellation)
    {
        if (await MarkerAsync(checkpoint.Checkpoint.Origin, cancellation) is null)
            throw AnchorException.Unmarked(Name, $"the bucket, with this prefix ({prefix}),");
        var key = prefix + AnchorPath.Of(checkpoint);
        return await AskAsync(async () =>
        {
            await bucket.PutAsync(key, checkpoint.Cosigned, cancellation);
            return key;
        });
    }

    /// <inheritdoc/>
    public async Task<KeptCheckpoints> KeptAsync(string origin, CancellationToken cancellation)
    {
        var beginning = AnchorPath.Beginning(origin);
        // Another database's name may begin with this one's.
        return KeptCheckpoints.Of((await AskAsync(() => bucket.ListAsync(prefix + beginning,
            key => key.IndexOf('/', prefix.Length) is > 0 and var end && AnchorPath.IsOf(key[prefix.Length..end], beginning),
            cancellation))).Select(found => (found.Name, found.Text)));
    }

    private static async Task<T> AskAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (LockedBucketException failed)
        {
            throw new AnchorException(failed.Message, failed.IsAbsent);
        }
    }
}
