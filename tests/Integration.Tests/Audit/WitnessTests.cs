using Trading.Core;
using Trading.Journal.Keys;
using Trading.Journal.Witnesses;
using Trading.TestKit.Audit;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>What a witness signs, and what it refuses.</summary>
[Collection(nameof(WitnessTest))]
public sealed class WitnessTests(SealedJournal sealedJournal) : WitnessTest(sealedJournal)
{
    [Fact]
    public async Task a_witness_cosigns_what_continues_all_that_it_saw_and_remembers_it_over_a_restart()
    {
        var connection = await journal.CopyAsync();
        await using var database = SealedJournal.Source(connection);
        var (older, newest) = (journal.OlderAnchor, journal.Anchor);
        WitnessKey key;
        using (var state = new WitnessState(_folder))
        {
            var witness = Make(state, out key);
            var cosigned = witness.Answer(new WitnessRequest(0, [], older).Text());
            Assert.Equal(WitnessVerdict.Cosigned, cosigned.Verdict);
            Assert.NotNull(key.Saw(cosigned.Text.TrimEnd('\n'), older.Checkpoint));
            Assert.Null(key.Saw(cosigned.Text.TrimEnd('\n'), newest.Checkpoint));
        }
        // A crash while the next line was written: nothing was signed for it.
        await File.AppendAllTextAsync(Path.Combine(_folder, "0001.seen"), "99999 AAAA");
        using (var state = new WitnessState(_folder))
        {
            var witness = Make(state, out _);
            var (old, size) = (older.Checkpoint.Size, newest.Checkpoint.Size);
            var proof = await StoredCosignatures.ProofAsync(database, old, size, default);

            Assert.Equal(new(WitnessVerdict.Conflict, $"{old}\n"), witness.Answer(new WitnessRequest(0, [], newest).Text()));
            Assert.Equal(WitnessVerdict.NoContinuation,
                witness.Answer(new WitnessRequest(old, proof.Skip(1).ToList(), newest).Text()).Verdict);
            var other = (newest.Checkpoint with { Root = MerkleTree.EmptyRoot() }).Sign(journal.Key);
            Assert.Equal(WitnessVerdict.NoContinuation, witness.Answer(new WitnessRequest(old, proof, other).Text()).Verdict);
            Assert.Equal(WitnessVerdict.Cosigned, witness.Answer(new WitnessRequest(old, proof, newest).Text()).Verdict);
            Assert.Equal(WitnessVerdict.Cosigned, witness.Answer(new WitnessRequest(size, [], newest).Text()).Verdict);
            Assert.Equal(new(WitnessVerdict.Conflict, $"{size}\n"), witness.Answer(new WitnessRequest(size, [], other).Text()));
            Assert.Equal(new(WitnessVerdict.Conflict, $"{size}\n"), witness.Answer(new WitnessRequest(old, [], older).Text()));
            Assert.Equal([$"{size} {Convert.ToBase64String(newest.Checkpoint.Root)} {newest.Checkpoint.Origin}"], witness.Seen());
        }
    }

    [Fact]
    public void a_witness_refuses_other_keys_other_journals_and_what_cannot_be_read_and_no_two_use_one_memory()
    {
        using var state = new WitnessState(_folder);
        var stranger = SealKey.Create(Path.Combine(_folder, "stranger.key"));
        var witness = Make(state, out _);
        var other = new Witness(stranger, [journal.Key.Public], ["trading/another-00000000"], state, TimeProvider.System);
        var asked = new WitnessRequest(0, [], journal.Anchor).Text();

        Assert.Equal(WitnessVerdict.NotSigned,
            witness.Answer(new WitnessRequest(0, [], journal.Anchor.Checkpoint.Sign(stranger)).Text()).Verdict);
        Assert.Equal(WitnessVerdict.UnknownJournal, other.Answer(asked).Verdict);
        foreach (var unreadable in new[] { "", "old 0\n", $"old 00{asked[5..]}", $"old -1{asked[5..]}", $"old 0\nAAAA{asked[5..]}",
            asked.Replace("\n\n—", "\n\n\n—", StringComparison.Ordinal), asked[..^1], $"old {journal.Events + 1}{asked[5..]}" })
            Assert.Equal(WitnessVerdict.Unreadable, witness.Answer(unreadable).Verdict);
        Assert.Empty(witness.Seen());
        Assert.Contains("another witness uses it", Assert.Throws<WitnessStateException>(() => new WitnessState(_folder)).Message,
            StringComparison.Ordinal);
    }

    private Witness Make(WitnessState state, out WitnessKey key)
    {
        var own = WitnessKey.LoadOrCreate(Path.Combine(_folder, "witness.key"), "witness.example/1");
        key = WitnessKey.Of(own);
        return new(own, [journal.Key.Public], [], state, TimeProvider.System);
    }
}
