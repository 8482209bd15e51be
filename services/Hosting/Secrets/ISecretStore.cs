using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Trading.Hosting;

/// <summary>
/// Where secrets come from, by name: exchange keys, the sealing key, the control token, addresses of webhooks. A value is used and forgotten by whoever asks for it: it is asked for again
/// when it is needed again, so that a rotated secret is found. It is never logged and never part of an error.
/// </summary>
public interface ISecretStore
{
    /// <summary>The value of a secret.</summary>
    /// <param name="name">
    /// Name of the secret, for example trading/binance; with #field the text of a field of a secret that is a JSON object, for example trading/binance#apiKey.
    /// </param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="SecretException">There is none, or it cannot be read: one line for a person.</exception>
    Task<string> GetAsync(string name, CancellationToken cancellation);
}

/// <summary>A secret cannot be had. The message is one line for a person that names the secret and never holds any part of it.</summary>
public sealed class SecretException(string message) : Exception(message);

/// <summary>Names of secrets, and the store that settings name.</summary>
public static class Secrets
{
    /// <summary>The store.</summary>
    /// <param name="settings">They name it.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="log">Told when a value from before is used on; null for nobody.</param>
    public static ISecretStore Store(TradingSettings settings, TimeProvider clock, ILogger? log = null) => settings.Secrets switch
    {
        SecretsKind.Environment => new EnvironmentSecrets(),
        SecretsKind.File => new FileSecrets(settings.SecretsFile!),
        _ => new AwsSecrets(new(settings.AwsRegion, settings.SecretsServiceUrl), TimeSpan.FromSeconds(settings.SecretsRefreshSeconds), clock, log ?? NullLogger.Instance),
    };

    /// <summary>Whether a text can be the name of a secret: letters, digits and / _ + = . @ - as AWS has it, : for ARNs, and a field after one #.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= 512 && name.Split('#') is [{ Length: > 0 }] or [{ Length: > 0 }, { Length: > 0 }]
        && name.All(letter => char.IsAsciiLetterOrDigit(letter) || "/_+=.@-:#".Contains(letter, StringComparison.Ordinal));

    /// <summary>The secret itself, and the field of it that is meant; null for the whole.</summary>
    internal static (string Secret, string? Field) Parts(string name) => name.Split('#', 2) is [var secret, var field] ? (secret, field) : (name, null);

    /// <summary>A field of a secret that is a JSON object, or the whole.</summary>
    /// <exception cref="SecretException">It is no such object, or has no such field.</exception>
    internal static string Field(string name, string? field, string value)
    {
        if (field is null)
            return value;
        try
        {
            using var secret = JsonDocument.Parse(value);
            return secret.RootElement.ValueKind == JsonValueKind.Object && secret.RootElement.TryGetProperty(field, out var found) && found.ValueKind == JsonValueKind.String
                ? found.GetString()!
                : throw new SecretException($"the secret {name} has no text of that name in it");
        }
        catch (JsonException)
        {
            // What the parser says would show parts of the secret.
            throw new SecretException($"the secret {name} is no JSON object, so it has no fields");
        }
    }
}
