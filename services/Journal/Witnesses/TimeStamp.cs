using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Npgsql;
using Org.BouncyCastle.Cms;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.Tsp;
using Trading.Journal.Postgres;
using Trading.Journal.Sealing;
using X509Certificate = Org.BouncyCastle.X509.X509Certificate;

namespace Trading.Journal.Witnesses;

/// <summary>A time stamp cannot be used. One line.</summary>
public sealed class TimeStampException(string message) : Exception(message);

/// <summary>
/// What a time stamping authority (RFC 3161) says of a checkpoint: that it was there at a time. The stamp is over the SHA-256 of the note
/// with the sealer's signatures.
/// </summary>
/// <param name="At">When (UTC).</param>
/// <param name="By">Name of the authority's certificate.</param>
/// <param name="Size">Events of the checkpoint.</param>
public sealed record TimeStamp(DateTimeOffset At, string By, long Size)
{
    private const int NonceSize = 8;

    /// <summary>Reads and checks a token.</summary>
    /// <param name="token">The token (a CMS message), DER.</param>
    /// <param name="checkpoint">What it must be over.</param>
    /// <param name="roots">Certificates that the authority's must come from; empty takes any that fits the signature.</param>
    /// <exception cref="TimeStampException">It is not over this checkpoint, or not signed by such an authority.</exception>
    public static TimeStamp Check(byte[] token, SignedCheckpoint checkpoint, X509Certificate2Collection roots)
    {
        try
        {
            var read = new TimeStampToken(new CmsSignedData(token));
            var said = read.TimeStampInfo;
            if (said.MessageImprintAlgOid != TspAlgorithms.Sha256
                || !said.GetMessageImprintDigest().AsSpan().SequenceEqual(checkpoint.Hash()))
                throw new TimeStampException("it is over something else");
            var certificates = read.GetCertificates();
            var signer = certificates.EnumerateMatches(read.SignerID).FirstOrDefault()
                ?? throw new TimeStampException("its certificate is not in it");
            read.Validate(signer);
            var others = certificates.EnumerateMatches(null).Select(Converted).ToArray();
            using var converted = Converted(signer);
            if (roots.Count > 0 && Untrusted(converted, others, said.GenTime, roots) is { } why)
                throw new TimeStampException($"its certificate, {converted.Subject}, does not come from one of the given ones: {why}");
            return new(new(DateTime.SpecifyKind(said.GenTime, DateTimeKind.Utc)), converted.Subject, checkpoint.Checkpoint.Size);
        }
        catch (Exception unreadable) when (unreadable is TspException or CmsException or IOException or ArgumentException
            or CryptographicException or GeneralSecurityException or InvalidCastException)
        {
            throw new TimeStampException($"it cannot be read, or its signature does not fit: {unreadable.Message.Split('\n')[0]}");
        }
    }

    /// <summary>A question to an authority.</summary>
    public static TimeStampRequest Ask(SignedCheckpoint checkpoint)
    {
        var question = new TimeStampRequestGenerator();
        question.SetCertReq(true);
        return question.Generate(TspAlgorithms.Sha256, checkpoint.Hash(), new BigInteger(1, RandomNumberGenerator.GetBytes(NonceSize)));
    }

    /// <summary>The token in an authority's answer, which must be one to this question.</summary>
    /// <exception cref="TimeStampException">It is none.</exception>
    public static byte[] Answer(TimeStampRequest asked, byte[] answer)
    {
        try
        {
            var response = new TimeStampResponse(answer);
            response.Validate(asked);
            return response.TimeStampToken?.GetEncoded()
                ?? throw new TimeStampException($"it refuses: {response.GetStatusString() ?? "no reason"}");
        }
        catch (Exception unreadable) when (unreadable is TspException or CmsException or IOException or ArgumentException
            or GeneralSecurityException or InvalidCastException)
        {
            throw new TimeStampException($"its answer is not one to the question: {unreadable.Message.Split('\n')[0]}");
        }
    }

    /// <summary>Keeps a token with its checkpoint, once.</summary>
    public static async Task AddAsync(
        NpgsqlDataSource database, SignedCheckpoint checkpoint, byte[] token, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("insert into audit.timestamps (position, token) select position, $2 from "
            + "audit.checkpoints where note = $1 order by position desc limit 1 on conflict do nothing");
        command.Parameters.Add(new() { Value = checkpoint.Note });
        command.Parameters.Add(new() { Value = token });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Checks all that are kept.</summary>
    /// <param name="database">The journal's database.</param>
    /// <param name="roots">Certificates that the authority's must come from; empty takes any that fits the signature.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>How many hold, the last of them, and what is wrong with others, one line each.</returns>
    public static async Task<(int Count, TimeStamp? Last, IReadOnlyList<string> Wrong)> CheckAllAsync(
        NpgsqlDataSource database, X509Certificate2Collection roots, CancellationToken cancellation)
    {
        var (count, last, wrong) = (0, default(TimeStamp), new List<string>());
        if (!await database.HasTablesAsync(cancellation, "audit.timestamps"))
            return (0, null, []);
        await using var command = database.CreateCommand(
            "select position, t.token, c.note from audit.timestamps t left join audit.checkpoints c using (position) order by position");
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            try
            {
                if (reader.IsDBNull(2))
                    throw new TimeStampException("there is no such checkpoint");
                last = Check(reader.GetFieldValue<byte[]>(1), SignedCheckpoint.Parse(reader.GetString(2)), roots);
                count++;
            }
            catch (Exception failed) when (failed is TimeStampException or FormatException)
            {
                wrong.Add(FormattableString.Invariant($"the time stamp of checkpoint {reader.GetInt64(0)}: {failed.Message}"));
            }
        }
        return (count, last, wrong);
    }

    private static X509Certificate2 Converted(X509Certificate certificate) =>
        X509CertificateLoader.LoadCertificate(certificate.GetEncoded());

    private static string? Untrusted(
        X509Certificate2 signer, X509Certificate2[] others, DateTime at, X509Certificate2Collection roots)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(roots);
        chain.ChainPolicy.ExtraStore.AddRange(others);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        // As it was then: a certificate that has ended since does not undo what it said.
        chain.ChainPolicy.VerificationTime = at;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        return chain.Build(signer) ? null
            : string.Join(", ", chain.ChainStatus.Select(status => status.StatusInformation.TrimEnd('.', ' ', '\n')));
    }
}
