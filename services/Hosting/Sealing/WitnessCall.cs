using System.Globalization;
using System.Net;
using System.Text;
using Npgsql;
using Trading.Hosting.Settings;
using Trading.Journal.Sealing;
using Trading.Journal.Witnesses;

namespace Trading.Hosting.Sealing;

/// <summary>A witness does not cosign. The message is one line.</summary>
/// <param name="message">Why.</param>
/// <param name="isFork">Whether it says that it saw another journal than this one.</param>
public sealed class WitnessException(string message, bool isFork = false) : Exception(message)
{
    /// <summary>Whether it says that it saw another journal than this one.</summary>
    public bool IsFork => isFork;
}

/// <summary>Asks witnesses to cosign.</summary>
public static class WitnessCall
{
    private const string SizeType = "text/x.tlog.size";
    private const int MaxAnswer = 16 * 1024;

    /// <summary>Asks a witness to cosign a checkpoint.</summary>
    /// <param name="witness">The witness.</param>
    /// <param name="client">Asks.</param>
    /// <param name="database">The journal's database, from which the proof comes.</param>
    /// <param name="checkpoint">The checkpoint, the last.</param>
    /// <param name="known">Events of the checkpoint that it cosigned last, as far as is known.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The line of its signature.</returns>
    /// <exception cref="WitnessException">It does not cosign.</exception>
    public static async Task<string> CosignAsync(this WitnessAddress witness, HttpClient client, NpgsqlDataSource database,
        SignedCheckpoint checkpoint, long known, CancellationToken cancellation)
    {
        var size = checkpoint.Checkpoint.Size;
        // Once more with the size that it says it knows: it may have answered before without being heard.
        for (var asked = 0; ; asked++)
        {
            var proof = await StoredCosignatures.ProofAsync(database, known, size, cancellation);
            var body = new WitnessRequest(known, proof, checkpoint).Text();
            var (status, type, text) = await PostAsync(witness.Url, client, body, cancellation);
            if (status == HttpStatusCode.OK)
                return text.Split('\n').FirstOrDefault(line => witness.Key.Saw(line, checkpoint.Checkpoint) is not null)
                    ?? throw new WitnessException("its answer holds no signature of its key over this checkpoint");
            if (status != HttpStatusCode.Conflict)
                throw Refused(status, text, known, size);
            if (type != SizeType || !long.TryParse(text.TrimEnd('\n'), NumberStyles.None, CultureInfo.InvariantCulture, out var its))
                throw new WitnessException("it refuses with 409 and does not say which size it knows");
            if (its > size)
                throw new WitnessException(string.Create(CultureInfo.InvariantCulture, $"it saw {its:N0} events of this journal, and "
                    + $"{size:N0} are sealed here: an older copy stands here, or another one was sealed under this name"), isFork: true);
            if (its == known)
                throw new WitnessException(string.Create(CultureInfo.InvariantCulture,
                    $"it saw {its:N0} other events under this journal's name: somebody sealed two journals, or it lies"), isFork: true);
            if (asked > 0)
                throw new WitnessException("it names another size each time");
            known = its;
        }
    }

    private static WitnessException Refused(HttpStatusCode status, string text, long known, long size) => status switch
    {
        HttpStatusCode.UnprocessableEntity => new(string.Create(CultureInfo.InvariantCulture, $"it says that the {known:N0} events it saw "
            + $"are not the first of these {size:N0}: the journal was changed before them, or it lies"), isFork: true),
        _ => new($"it answers {(int)status}: {Line(text)}"),
    };

    private static async Task<(HttpStatusCode Status, string? Type, string Text)> PostAsync(
        Uri url, HttpClient client, string body, CancellationToken cancellation)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(url, "add-checkpoint"));
            request.Content = new StringContent(body);
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            var buffer = new byte[MaxAnswer];
            await using var content = await response.Content.ReadAsStreamAsync(cancellation);
            var length = await content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
            return (response.StatusCode, response.Content.Headers.ContentType?.MediaType, Encoding.UTF8.GetString(buffer, 0, length));
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException)
        {
            throw new WitnessException($"it does not answer: {Line(failed.Message)}");
        }
    }

    private static string Line(string text) => text.Split('\n')[0] is { Length: > 200 } line ? line[..200] : text.Split('\n')[0];
}
