using System.Text.Json;

namespace Trading.Hosting;

/// <summary>
/// Secrets in one file that only its owner can read: a JSON object of names and texts, or of names and objects for secrets with fields. Read anew for each question, so a changed secret is found
/// at once.
/// </summary>
public sealed class FileSecrets(string file) : ISecretStore
{
    private const UnixFileMode Others = (UnixFileMode)0b000_111_111;
    private const int MaxBytes = 1 << 20;

    /// <inheritdoc/>
    public async Task<string> GetAsync(string name, CancellationToken cancellation)
    {
        var (secret, field) = Secrets.Parts(name);
        try
        {
            await using var stream = Open();
            using var secrets = await JsonDocument.ParseAsync(stream, cancellationToken: cancellation);
            if (secrets.RootElement.ValueKind != JsonValueKind.Object)
                throw new SecretException($"the secrets file {file} is no JSON object");
            if (!secrets.RootElement.TryGetProperty(secret, out var value))
                throw new SecretException($"the secret {secret} is not in the secrets file {file}");
            return Secrets.Field(name, field, value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText());
        }
        catch (JsonException broken)
        {
            // The parser's own words would show what stands there.
            throw new SecretException($"the secrets file {file} is no JSON: line {(broken.LineNumber ?? 0) + 1}");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new SecretException($"the secrets file {file} cannot be read: {unreadable.GetType().Name}");
        }
    }

    // The mode is that of the open file, so nobody can change it in between.
    private FileStream Open()
    {
        if (!File.Exists(file))
            throw new SecretException($"the secrets file {file} does not exist");
        var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var wrong = !OperatingSystem.IsWindows() && (File.GetUnixFileMode(stream.SafeFileHandle) & Others) != 0 ? $"can be read by others than its owner: chmod 600 {file}"
            : stream.Length > MaxBytes ? $"is larger than {MaxBytes} bytes"
            : null;
        if (wrong is null)
            return stream;
        stream.Dispose();
        throw new SecretException($"the secrets file {file} {wrong}");
    }
}
