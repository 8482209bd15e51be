using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.SimpleNotificationService.Model;

namespace Amazon.SimpleNotificationService
{
    /// <summary>
    /// An error that SNS answered. <see cref="AmazonServiceException.ErrorCode"/> has the code; frequent ones have a type of their own.
    /// </summary>
    public class AmazonSimpleNotificationServiceException(string message, Exception? innerException = null)
        : AmazonServiceException(message, innerException)
    {
        internal static AmazonSimpleNotificationServiceException For(ErrorResponse error)
        {
            var message = string.IsNullOrEmpty(error.Message) ? $"SNS answered {(int)error.StatusCode} {error.Code}" : error.Message;
            var inner = error.InnerException;
            AmazonSimpleNotificationServiceException exception = error.Code switch
            {
                "AuthorizationError" => new AuthorizationErrorException(message, inner),
                "BatchEntryIdsNotDistinct" => new BatchEntryIdsNotDistinctException(message, inner),
                "BatchRequestTooLong" => new BatchRequestTooLongException(message, inner),
                "ConcurrentAccess" => new ConcurrentAccessException(message, inner),
                "EmptyBatchRequest" => new EmptyBatchRequestException(message, inner),
                "FilterPolicyLimitExceeded" => new FilterPolicyLimitExceededException(message, inner),
                "InternalError" => new InternalErrorException(message, inner),
                "InvalidBatchEntryId" => new InvalidBatchEntryIdException(message, inner),
                "InvalidParameter" => new InvalidParameterException(message, inner),
                "ParameterValueInvalid" => new InvalidParameterValueException(message, inner),
                "InvalidSecurity" => new InvalidSecurityException(message, inner),
                "KMSAccessDenied" => new KMSAccessDeniedException(message, inner),
                "KMSDisabled" => new KMSDisabledException(message, inner),
                "KMSInvalidState" => new KMSInvalidStateException(message, inner),
                "KMSNotFound" => new KMSNotFoundException(message, inner),
                "KMSOptInRequired" => new KMSOptInRequiredException(message, inner),
                "KMSThrottling" => new KMSThrottlingException(message, inner),
                "NotFound" => new NotFoundException(message, inner),
                "ResourceNotFound" => new ResourceNotFoundException(message, inner),
                "StaleTag" => new StaleTagException(message, inner),
                "SubscriptionLimitExceeded" => new SubscriptionLimitExceededException(message, inner),
                "TagLimitExceeded" => new TagLimitExceededException(message, inner),
                "TagPolicy" => new TagPolicyException(message, inner),
                "Throttled" => new ThrottledException(message, inner),
                "TooManyEntriesInBatchRequest" => new TooManyEntriesInBatchRequestException(message, inner),
                "TopicLimitExceeded" => new TopicLimitExceededException(message, inner),
                "ValidationException" => new ValidationException(message, inner),
                _ => new AmazonSimpleNotificationServiceException(message, inner),
            };
            exception.ErrorCode = error.Code;
            exception.ErrorType = error.Type;
            exception.RequestId = error.RequestId;
            exception.StatusCode = error.StatusCode;
            return exception;
        }
    }
}

namespace Amazon.SimpleNotificationService.Model
{
    public class AuthorizationErrorException(string message, Exception? innerException = null)
        : AmazonSimpleNotificationServiceException(message, innerException);

    public class BatchEntryIdsNotDistinctException(string message, Exception? innerException = null)
        : AmazonSimpleNotificationServiceException(message, innerException);

    public class BatchRequestTooLongException(string message, Exception? innerException = null)
        : AmazonSimpleNotificationServiceException(message, innerException);

    public class ConcurrentAccessException(string message, Exception? innerException = null)
        : AmazonSimpleNotificationServiceException(message, innerException);

    public class EmptyBatchRequestException(string message, Exception? innerException = null)
        : AmazonSimpleNotificationServiceException(message, innerException);

    public class FilterPolicyLimitExceededException(string message, Exception? innerException = null)
        : AmazonSimpleNotificationServiceException(message, innerException);

    public class InternalErrorException(string message, Exception? innerException = null)
        : AmazonSimpleNotificationServiceException(message, innerException);

    public class InvalidBatchEntryIdException(string message, Exception? innerException = null)
        : AmazonSimpleNotificationServiceException(message, innerException);

    public class InvalidParameterException(string message, Exception? innerException = null)
        : AmazonSimpleNotificationServiceException(message, innerException);

    public class InvalidParameterValueException(string message, Exception? innerException = null)
        : AmazonSimpleNotificationServiceException(message, innerException);

    public class InvalidSecurityException(string message, Exception? innerException = null)
        : AmazonSimpleNotificationServiceException(message, innerException);

    public class KMSAccessDeniedException(string message, Exception? innerException = null)
        : AmazonSimpleNotificationServiceException(message, innerException);

    public class KMSDisabledException(string message, Exception? innerException = null)
        : AmazonSimpleNotificationServiceException(message, innerException);

    public class KMSInvalidStateException(string message, Exception? innerException = null)
        : AmazonSimpleNotificationServiceException(message, innerException);

    public class KMSNotFoundException(string message, Exception? innerException = null)
        : AmazonSimpleNotificationServiceException(message, innerException);

    public class KMSOptInRequiredException(string message, Exception? innerException = null)
        : AmazonSimpleNotificationServiceException(message, innerException);

    public class KMSThrottlingException(string message, Exception? innerException = null)
        : AmazonSimpleNotificationServiceException(message, innerException);

    public class NotFoundException(string message, Exception? innerException = null)
        : AmazonSimpleNotificationServiceException(message, innerException);

    public class ResourceNotFoundException(string message, Exception? innerException = null)
        : AmazonSimpleNotificationServiceException(message, innerException);

    public class StaleTagException(string message, Exception? innerException = null)
        : AmazonSimpleNotificationServiceException(message, innerException);

    public class SubscriptionLimitExceededException(string message, Exception? innerException = null)
        : AmazonSimpleNotificationServiceException(message, innerException);

    public class TagLimitExceededException(string message, Exception? innerException = null)
        : AmazonSimpleNotificationServiceException(message, innerException);

    public class TagPolicyException(string message, Exception? innerException = null)
        : AmazonSimpleNotificationServiceException(message, innerException);

    public class ThrottledException(string message, Exception? innerException = null)
        : AmazonSimpleNotificationServiceException(message, innerException)
    {
        // The SDK's list of throttling codes does not have this one.
        public override RetryableDetails Retryable => new(throttling: true);
    }

    public class TooManyEntriesInBatchRequestException(string message, Exception? innerException = null)
        : AmazonSimpleNotificationServiceException(message, innerException);

    public class TopicLimitExceededException(string message, Exception? innerException = null)
        : AmazonSimpleNotificationServiceException(message, innerException);

    public class ValidationException(string message, Exception? innerException = null)
        : AmazonSimpleNotificationServiceException(message, innerException);
}
