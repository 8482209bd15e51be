using System.Text;
using Amazon.Runtime;
using Amazon.SecretsManager;
using Amazon.SecretsManager.Model;

namespace Trading.Aws;

/// <summary>
/// A secret cannot be read from Secrets Manager. The message is one line and never contains any part of an answer.
/// </summary>
/// <param name="message">What is wrong.</param>
/// <param name="gone">Whether the secret does not exist or was deleted.</param>
public sealed class SecretsManagerException(string message, bool gone) : Exception(message)
{
    /// <summary>Whether the secret does not exist or was deleted; otherwise it could not be read.</summary>
    public bool Gone { get; } = gone;
}

/// <summary>
/// Reads secrets from AWS Secrets Manager. Credentials come from the SDK's chain: environment, profile, web identity, container, instance.
/// </summary>
public sealed class SecretsManager : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);
    private readonly AmazonSecretsManagerClient _client;
    private readonly string _place;

    /// <summary>Connects.</summary>
    /// <param name="region">Region, for example eu-central-1.</param>
    /// <param name="serviceUrl">Another endpoint that speaks the protocol; AWS's own when null.</param>
    public SecretsManager(string region, string? serviceUrl)
    {
        _client = new(new AwsPlace(region, serviceUrl).Lead(new AmazonSecretsManagerConfig { Timeout = Timeout, MaxErrorRetry = 2 }));
        _place = serviceUrl ?? region;
    }

    /// <summary>The value of a secret by its name or ARN, as text.</summary>
    /// <exception cref="SecretsManagerException">It does not exist or cannot be read.</exception>
    public async Task<string> GetAsync(string name, CancellationToken cancellation)
    {
        try
        {
            var answer = await _client.GetSecretValueAsync(new GetSecretValueRequest { SecretId = name }, cancellation);
            return answer.SecretString
                ?? (answer.SecretBinary is { } bytes ? Encoding.UTF8.GetString(bytes.ToArray()) : throw Wrong("holds nothing", gone: true));
        }
        catch (ResourceNotFoundException)
        {
            throw Wrong("does not exist there", gone: true);
        }
        // A secret that is marked for deletion is an invalid request. Messages and causes of the SDK are not passed on: an unreadable
        // answer may contain the secret.
        catch (AmazonServiceException refused)
        {
            var status = (int)refused.StatusCode;
            throw Wrong($"was not given: {(status == 0 ? "no usable answer" : $"{status} {Code(refused.ErrorCode)}")}",
                gone: refused.ErrorCode is "InvalidRequestException" or "InvalidParameterException");
        }
        catch (AmazonClientException unsent)
        {
            throw Wrong($"cannot be asked for: {unsent.GetType().Name} (credentials, region or endpoint)", gone: false);
        }
        catch (Exception unreachable) when (unreachable is HttpRequestException or IOException
            || (unreachable is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw Wrong($"cannot be asked for: {unreachable.GetType().Name}", gone: false);
        }
        catch (System.Text.Json.JsonException)
        {
            throw Wrong("was not given: the answer cannot be read", gone: false);
        }

        SecretsManagerException Wrong(string what, bool gone) => new($"the secret {name} of Secrets Manager ({_place}) {what}", gone);
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    // A code is one word; any other text may be content.
    private static string Code(string? code) =>
        code is { Length: > 0 and < 60 } && code.All(char.IsAsciiLetterOrDigit) ? code : "without a code";
}
