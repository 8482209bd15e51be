using System.Text.Json;

namespace Trading.Hosting.Secrets;

/// <summary>
/// Secrets in one file that only its owner can read: a JSON object of names and texts, or of names and objects for secrets with fields.
/// Read for each request, so a changed secret is found at once.
/// </summary>
public sealed class FileSecrets(string file) : ISecretStore
{
    /// <inheritdoc/>
    public async Task<string> GetAsync(string name, CancellationToken cancellation)
    {
        var (secret, field) = SecretStores.Parts(name);
        try
        {
            await using var stream = OwnersFile.Open(file, "secrets file");
            using var secrets = await JsonDocument.ParseAsync(stream, cancellationToken: cancellation);
            if (secrets.RootElement.ValueKind != JsonValueKind.Object)
                throw new SecretException($"the secrets file {file} is no JSON object");
            if (!secrets.RootElement.TryGetProperty(secret, out var value))
                throw new SecretException($"the secret {secret} is not in the secrets file {file}");
            return SecretStores.Field(name, field, value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText());
        }
        catch (JsonException broken)
        {
            // The parser's message could contain parts of the secret.
            throw new SecretException($"the secrets file {file} is no JSON: line {(broken.LineNumber ?? 0) + 1}");
        }
        catch (InvalidOperationException)
        {
            throw new SecretException($"the secrets file {file} holds a text that is none, for {secret}");
        }
    }
}
