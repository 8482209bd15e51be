using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Trading.Core;
using Trading.Journal.Bundles;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;

namespace Trading.Journal.Segments;

/// <summary>What a segment's file turned out to be.</summary>
/// <param name="Verified">Whether it holds; its checkpoint is the last one.</param>
/// <param name="Period">The month or day; empty where its first line cannot be read.</param>
/// <param name="FirstNumber">Audit number of the first event.</param>
/// <param name="Last">The last checkpoint; null without one.</param>
internal sealed record SegmentRead(BundleVerification Verified, string Period, long FirstNumber, SignedCheckpoint? Last);

/// <summary>
/// Reads a segment: makes each leaf again from its event, and demands that the tree over them is that of every checkpoint in it and that
/// begin and end are signed.
/// </summary>
internal sealed class SegmentReader(string file, IReadOnlyList<VerifierKey> keys)
{
    private static readonly HashSet<string> HeaderFields = ["format", "period", "first", "before", "tree"];

    private readonly BundleOrder _order = new();
    private MerkleFrontier _tree = new();
    private SignedCheckpoint? _last;
    private IReadOnlyList<VerifierKey> _trusted = keys;
    private bool _hasSigned;
    private string _period = "";
    private long _first, _events, _line;

    /// <summary>Reads it to its end, or to what is wrong first.</summary>
    /// <param name="onEvent">Is given the line of each event whose leaf was made again.</param>
    /// <param name="onCheckpoint">Is given each checkpoint that the tree has.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<SegmentRead> ReadAsync(
        Action<JsonElement>? onEvent, Func<Checkpoint, Task>? onCheckpoint, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        try
        {
            await using var content = new BufferedStream(new GZipStream(File.OpenRead(file), CompressionMode.Decompress), 1 << 16);
            var text = BundleLine.Read(content);
            while (BundleLine.Read(content) is { } next)
            {
                cancellation.ThrowIfCancellationRequested();
                hash.AppendData(text!);
                _line++;
                using var line = JsonDocument.Parse(text, BundleLine.Strict);
                if ((_line == 1 ? Header(line.RootElement)
                    : line.RootElement.TryGetProperty("checkpoint", out var note) ? await CheckpointAsync(note, onCheckpoint)
                    : Event(line.RootElement, onEvent)) is { } wrong)
                    return Wrong($"line {_line}: {wrong}");
                text = next;
            }
            if (_line == 0 || !text.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(BundleLine.Last(hash, _events))))
                return Wrong("its last line is not the hash of those before it: something was changed, added or cut off");
            return End() is { } open ? Wrong(open)
                : new(new(_events, _last!.Checkpoint, null, _order.First, _order.Last), _period, _first, _last);
        }
        catch (Exception unreadable) when (BundleLine.IsUnreadable(unreadable) || unreadable is InvalidDataException)
        {
            return Wrong($"line {_line} cannot be read: {unreadable.Message.Split('\n')[0]}");
        }
    }

    private SegmentRead Wrong(string what) => new(new(_events, _last?.Checkpoint, what, _order.First, _order.Last), _period, _first, _last);

    private string? Header(JsonElement given)
    {
        if (given.GetProperty("format").GetString() != Segment.Format)
            return $"it is no {Segment.Format}";
        BundleVerifier.OnlyKnown(given, HeaderFields);
        (_period, _first) = (BundleLine.Text(given, "period"), given.GetProperty("first").GetInt64());
        _tree = new(_first, given.GetProperty("tree").EnumerateArray().SelectMany(root => root.GetBytesFromBase64()).ToArray());
        if (given.GetProperty("before").GetString() is not { } note)
            return _first == 0 ? null : "there is no checkpoint before its first event";
        _last = SignedCheckpoint.Parse(note);
        return !_last.SignedBy(_trusted) ? "the checkpoint before its first event is not signed by the given key"
            : _last.Checkpoint.Size != _first || !_last.Checkpoint.Root.AsSpan().SequenceEqual(_tree.Root())
                ? "the tree before its first event is not that of the checkpoint before it" : null;
    }

    private string? Event(JsonElement given, Action<JsonElement>? onEvent)
    {
        var proved = BundleVerifier.Which(given, hasProof: false);
        if (proved.Number != _tree.Size)
            return $"event number {_tree.Size} was left out";
        var leaf = BundleLeaf.Hash(given, proved.Number, out var wrong);
        if ((wrong ?? _order.Follow(proved)) is { } what)
            return what;
        _tree.Append(leaf);
        _events++;
        onEvent?.Invoke(given);
        return null;
    }

    private async Task<string?> CheckpointAsync(JsonElement given, Func<Checkpoint, Task>? onCheckpoint)
    {
        var signed = SignedCheckpoint.Parse(given.GetString()!);
        var said = signed.Checkpoint;
        if (said.Size != _tree.Size || !said.Root.AsSpan().SequenceEqual(_tree.Root()))
            return $"the events before it are not those of its checkpoint of {said.Size} events: one of them was changed";
        if (!signed.SignedBy(_trusted))
            return $"its checkpoint of {said.Size} events is not signed by the given key";
        if (_last is not null && (_last.Checkpoint.Origin != said.Origin || _last.Checkpoint.Journal != said.Journal))
            return $"the checkpoint of {said.Size} events is of another journal";
        if (said.NextKey is not null)
            _trusted = [said.NextKey];
        (_last, _hasSigned) = (signed, true);
        if (onCheckpoint is not null)
            await onCheckpoint(said);
        return null;
    }

    private string? End() =>
        _hasSigned && _last!.Checkpoint.Size == _tree.Size ? null : "its last event has no checkpoint behind it";
}
