using System.Text.Json;
using Amazon.Runtime;

namespace Trading.Aws;

/// <summary>A model behind AWS gave no answer, for reasons outside of this system.</summary>
/// <param name="message">The reason, in one line.</param>
/// <param name="mayPass">Whether a retry may help: throttling, overload, a broken connection.</param>
/// <param name="inner">What was thrown.</param>
public sealed class ModelCallException(string message, bool mayPass, Exception? inner = null) : Exception(message, inner)
{
    private const int LongestMessage = 300;

    private static readonly string[] Passing =
    [
        "InternalDependencyException", "InternalFailure", "InternalServerException", "ModelNotReadyException", "ModelTimeoutException",
        "ServiceUnavailable", "ServiceUnavailableException",
        "Throttling", "ThrottlingException", "TooManyRequestsException",
    ];

    /// <summary>Whether a retry may help.</summary>
    public bool MayPass => mayPass;

    /// <summary>Calls a model; its failures become this exception.</summary>
    internal static async Task<T> GuardAsync<T>(Func<Task<T>> ask, CancellationToken cancellation)
    {
        try
        {
            return await ask();
        }
        catch (Exception failure) when (Of(failure, cancellation) is { } outside)
        {
            throw outside;
        }
    }

    /// <summary>A failure of a call to AWS as this exception; null when it is a bug or the caller's own cancellation.</summary>
    private static ModelCallException? Of(Exception failure, CancellationToken cancellation) => failure switch
    {
        OperationCanceledException when cancellation.IsCancellationRequested => null,
        OperationCanceledException => new("no answer within the client's time-out", mayPass: true, failure),
        AmazonUnmarshallingException or JsonException =>
            new($"the answer cannot be read: {OneLine(failure.GetBaseException().Message)}", mayPass: false, failure),
        AmazonServiceException { InnerException: HttpRequestException or IOException } => NoConnection(failure),
        AmazonServiceException error => new(
            $"{(int)error.StatusCode}{(string.IsNullOrEmpty(error.ErrorCode) ? "" : $" {error.ErrorCode}")}: {OneLine(error.Message)}",
            (int)error.StatusCode is 429 or >= 500 || Passing.Contains(error.ErrorCode), error),
        AmazonClientException => new(OneLine(failure.Message), mayPass: false, failure),
        HttpRequestException or IOException => NoConnection(failure),
        _ => null,
    };

    private static ModelCallException NoConnection(Exception failure) =>
        new($"no connection: {OneLine(failure.GetBaseException().Message)}", mayPass: true, failure);

    private static string OneLine(string text)
    {
        var line = text.ReplaceLineEndings(" ").Trim();
        return line.Length <= LongestMessage ? line : line[..LongestMessage] + "...";
    }
}
