using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;

namespace MassTransit.AmazonSqsTransport;

/// <summary>Tells failures that pass by themselves (the endpoint is away or throttles) from those that need a change.</summary>
internal static class Transient
{
    private static readonly HashSet<string> Codes = new(StringComparer.Ordinal)
    {
        "InternalError", "InternalFailure", "InternalServerError", "ServiceUnavailable", "RequestThrottled",
        "RequestTimeout", "RequestTimeoutException",
        "RequestExpired", "Throttled", "ThrottledException", "Throttling", "ThrottlingException",
        "TooManyRequestsException", "RequestLimitExceeded",
        "PriorRequestNotComplete", "TransactionInProgressException", "KMSThrottling", "KmsThrottled", "ConcurrentAccess",
        // A queue of a name may be created 60 seconds after another of that name was deleted.
        "QueueDeletedRecently", "AWS.SimpleQueueService.QueueDeletedRecently",
    };

    internal static bool IsCode(string? code) => code is not null && Codes.Contains(code);

    internal static bool Is(Exception exception) => exception switch
    {
        AmazonServiceException service => service.StatusCode is 0 or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests
            or >= HttpStatusCode.InternalServerError
            || service.Retryable?.Throttling == true || IsCode(service.ErrorCode),
        // Credentials that a metadata service could not give at the moment, for example.
        AmazonClientException => true,
        HttpRequestException or IOException or SocketException or TimeoutException or WebException => true,
        // The HTTP client reports its own timeout as a cancellation that nobody asked for.
        TaskCanceledException { InnerException: TimeoutException } => true,
        _ => false,
    };

    internal static bool IsDenied(Exception exception) =>
        exception is AmazonServiceException
        {
            ErrorCode: "AuthorizationError" or "AuthorizationErrorException"
            or "AccessDenied" or "AccessDeniedException"
        };
}
