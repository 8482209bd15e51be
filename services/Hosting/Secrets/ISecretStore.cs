using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Hosting.Settings;

namespace Trading.Hosting.Secrets;

/// <summary>
/// Reads secrets by name: exchange keys, the sealing key, the control token, addresses of webhooks. Callers read a secret each time they
/// need it, so that a rotated one is found. A secret is never logged and never part of an error.
/// </summary>
public interface ISecretStore
{
    /// <summary>The value of a secret.</summary>
    /// <param name="name">
    /// Name of the secret, for example trading/binance; with #field the text of a field of a secret that is a JSON object, for example
    /// trading/binance#apiKey.
    /// </param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="SecretException">It does not exist or cannot be read: one line for a person.</exception>
    Task<string> GetAsync(string name, CancellationToken cancellation);
}

/// <summary>A secret cannot be read. The message is one line for a person that names the secret and never holds any part of it.</summary>
public sealed class SecretException(string message) : Exception(message);

/// <summary>The store of secrets that settings name.</summary>
public static class SecretStores
{
    /// <summary>The store.</summary>
    /// <param name="settings">The settings that name it.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="log">Logs that the last value is still used; null to log nothing.</param>
    public static ISecretStore Store(TradingSettings settings, TimeProvider clock, ILogger? log = null) => settings.Secrets switch
    {
        SecretsKind.Environment => new EnvironmentSecrets(),
        SecretsKind.File => new FileSecrets(settings.SecretsFile!),
        _ => new AwsSecrets(new(settings.AwsRegion, settings.SecretsServiceUrl), TimeSpan.FromSeconds(settings.SecretsRefreshSeconds),
            clock, log ?? NullLogger.Instance),
    };

    /// <summary>Splits a name into secret and field; the field is null for the whole secret.</summary>
    internal static (string Secret, string? Field) Parts(string name) =>
        name.Split('#', 2) is [var secret, var field] ? (secret, field) : (name, null);

    /// <summary>A field of a secret that is a JSON object, or the whole.</summary>
    /// <exception cref="SecretException">It is no such object, or has no such field.</exception>
    internal static string Field(string name, string? field, string value)
    {
        if (field is null)
            return value;
        try
        {
            using var secret = JsonDocument.Parse(value);
            return secret.RootElement.ValueKind == JsonValueKind.Object && secret.RootElement.TryGetProperty(field, out var found)
                && found.ValueKind == JsonValueKind.String
                ? found.GetString()!
                : throw new SecretException($"the secret {name} has no text of that name in it");
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            // The parser's message could contain parts of the secret. Half a character is found only when the text is read.
            throw new SecretException($"the secret {name} is no JSON object, so it has no fields");
        }
    }
}
