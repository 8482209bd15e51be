using Trading.Core;
using Trading.Journal.Keys;

namespace Trading.Journal.Witnesses;

/// <summary>How a witness answers, with the status codes of C2SP tlog-witness.</summary>
public enum WitnessVerdict
{
    /// <summary>It cosigned.</summary>
    Cosigned = 200,

    /// <summary>The request cannot be read, or makes no sense.</summary>
    Unreadable = 400,

    /// <summary>The checkpoint is signed by no key that it trusts.</summary>
    NotSigned = 403,

    /// <summary>It does not know this journal.</summary>
    UnknownJournal = 404,

    /// <summary>It remembers another checkpoint than the asker thinks: a fork, or an asker that is behind.</summary>
    Conflict = 409,

    /// <summary>What it remembers is not the beginning of this checkpoint.</summary>
    NoContinuation = 422,
}

/// <summary>A witness's answer.</summary>
/// <param name="Verdict">What it does.</param>
/// <param name="Text">The cosignature; for a conflict the size that it knows; else why not, in words.</param>
public sealed record WitnessAnswer(WitnessVerdict Verdict, string Text);

/// <summary>
/// Cosigns the checkpoints of journals, each only when all that it cosigned of that journal before is the beginning of it. Of two
/// journals that tell different stories it signs one, for ever.
/// </summary>
/// <param name="key">The witness's own key.</param>
/// <param name="trusted">Keys of the sealers whose journals it follows.</param>
/// <param name="origins">Names of the journals; empty for all that these keys seal, at most <see cref="MaxJournals"/>.</param>
/// <param name="state">What it remembers.</param>
/// <param name="clock">Dates the cosignatures.</param>
public sealed class Witness(
    SealKey key, IReadOnlyList<VerifierKey> trusted, IReadOnlyCollection<string> origins, WitnessState state, TimeProvider clock)
{
    /// <summary>Most journals of one witness that names none, so that a sealer cannot fill its disk.</summary>
    public const int MaxJournals = 1000;

    private readonly Lock _oneAtATime = new();

    /// <summary>The public half of its key.</summary>
    public WitnessKey Public { get; } = WitnessKey.Of(key);

    /// <summary>Answers the body of a request.</summary>
    /// <exception cref="IOException">What it must remember could not be written: nothing was signed.</exception>
    public WitnessAnswer Answer(string body)
    {
        try
        {
            return Answer(WitnessRequest.Parse(body));
        }
        catch (FormatException unreadable)
        {
            return new(WitnessVerdict.Unreadable, $"the request cannot be read: {unreadable.Message}\n");
        }
    }

    /// <summary>The journals that it has seen, one line each: size, root and name.</summary>
    public IReadOnlyList<string> Seen()
    {
        lock (_oneAtATime)
            return [.. state.Seen.Select(seen =>
                FormattableString.Invariant($"{seen.Size} {Convert.ToBase64String(seen.Root)} {seen.Origin}"))];
    }

    private WitnessAnswer Answer(WitnessRequest asked)
    {
        var said = asked.Checkpoint.Checkpoint;
        if (origins.Count > 0 && !origins.Contains(said.Origin))
            return new(WitnessVerdict.UnknownJournal, $"this witness does not follow {said.Origin}\n");
        if (!asked.Checkpoint.SignedBy(trusted))
            return new(WitnessVerdict.NotSigned, "the checkpoint is not signed by a key that this witness trusts\n");
        if (asked.OldSize > said.Size)
            return new(WitnessVerdict.Unreadable, "the old size is larger than the checkpoint's\n");
        // Compared and remembered in one step: otherwise of two requests the earlier could win over the later one.
        lock (_oneAtATime)
        {
            var (size, root) = state.Last(said.Origin);
            if (size == 0 && origins.Count == 0 && state.Seen.Count() >= MaxJournals)
                return new(WitnessVerdict.UnknownJournal, $"this witness follows {MaxJournals} journals already\n");
            if (asked.OldSize != size || (size == said.Size && !root.AsSpan().SequenceEqual(said.Root)))
                return new(WitnessVerdict.Conflict, FormattableString.Invariant($"{size}\n"));
            if (!MerkleTree.VerifyConsistency(size, root, said.Size, said.Root, asked.Proof))
                return new(WitnessVerdict.NoContinuation, FormattableString.Invariant(
                    $"the {size} events that this witness saw are not proved to be the first of these {said.Size}\n"));
            if (said.Size > size)
                state.Remember(said.Origin, said.Size, said.Root);
            return new(WitnessVerdict.Cosigned, $"{Cosignature.Line(key, said, clock.GetUtcNow())}\n");
        }
    }
}
