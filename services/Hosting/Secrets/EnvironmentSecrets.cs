namespace Trading.Hosting.Secrets;

/// <summary>Secrets in environment variables: trading/binance is TRADING_SECRET_TRADING_BINANCE.</summary>
public sealed class EnvironmentSecrets : ISecretStore
{
    /// <summary>What the names of the variables begin with.</summary>
    public const string Prefix = "TRADING_SECRET_";

    /// <summary>The variable of a secret: its name in capitals, every other character than a letter or digit as an underscore.</summary>
    public static string Variable(string secret) =>
        Prefix + string.Concat(secret.Select(letter => char.IsAsciiLetterOrDigit(letter) ? char.ToUpperInvariant(letter) : '_'));

    /// <inheritdoc/>
    public Task<string> GetAsync(string name, CancellationToken cancellation)
    {
        var (secret, field) = SecretStores.Parts(name);
        return Environment.GetEnvironmentVariable(Variable(secret)) is { Length: > 0 } value
            ? Task.FromResult(SecretStores.Field(name, field, value))
            : throw new SecretException($"the secret {secret} is not in the environment: {Variable(secret)}");
    }
}
