using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.SQS.Model;

namespace Amazon.SQS
{
    /// <summary>An error that SQS answered. <see cref="AmazonServiceException.ErrorCode"/> has the code; frequent ones have a type of their own.</summary>
    public class AmazonSQSException(string message, Exception? innerException = null) : AmazonServiceException(message, innerException)
    {
        /// <summary>The exception for an error's type name in the JSON protocol.</summary>
        internal static AmazonSQSException For(string? typeName, ErrorResponse error)
        {
            var message = string.IsNullOrEmpty(error.Message) ? $"SQS answered {(int)error.StatusCode} {error.Code}" : error.Message;
            var inner = error.InnerException;
            AmazonSQSException exception = typeName switch
            {
                "BatchEntryIdsNotDistinct" => new BatchEntryIdsNotDistinctException(message, inner),
                "BatchRequestTooLong" => new BatchRequestTooLongException(message, inner),
                "EmptyBatchRequest" => new EmptyBatchRequestException(message, inner),
                "InvalidAddress" => new InvalidAddressException(message, inner),
                "InvalidAttributeName" => new InvalidAttributeNameException(message, inner),
                "InvalidAttributeValue" => new InvalidAttributeValueException(message, inner),
                "InvalidBatchEntryId" => new InvalidBatchEntryIdException(message, inner),
                "InvalidIdFormat" => new InvalidIdFormatException(message, inner),
                "InvalidMessageContents" => new InvalidMessageContentsException(message, inner),
                "InvalidSecurity" => new InvalidSecurityException(message, inner),
                "KmsAccessDenied" => new KmsAccessDeniedException(message, inner),
                "KmsDisabled" => new KmsDisabledException(message, inner),
                "KmsInvalidKeyUsage" => new KmsInvalidKeyUsageException(message, inner),
                "KmsInvalidState" => new KmsInvalidStateException(message, inner),
                "KmsNotFound" => new KmsNotFoundException(message, inner),
                "KmsOptInRequired" => new KmsOptInRequiredException(message, inner),
                "KmsThrottled" => new KmsThrottledException(message, inner),
                "MessageNotInflight" => new MessageNotInflightException(message, inner),
                "OverLimit" => new OverLimitException(message, inner),
                "PurgeQueueInProgress" => new PurgeQueueInProgressException(message, inner),
                "QueueDeletedRecently" => new QueueDeletedRecentlyException(message, inner),
                "QueueDoesNotExist" => new QueueDoesNotExistException(message, inner),
                "QueueNameExists" => new QueueNameExistsException(message, inner),
                "ReceiptHandleIsInvalid" => new ReceiptHandleIsInvalidException(message, inner),
                "RequestThrottled" => new RequestThrottledException(message, inner),
                "TooManyEntriesInBatchRequest" => new TooManyEntriesInBatchRequestException(message, inner),
                "UnsupportedOperation" => new UnsupportedOperationException(message, inner),
                _ => new AmazonSQSException(message, inner),
            };
            exception.ErrorCode = error.Code;
            exception.ErrorType = error.Type;
            exception.RequestId = error.RequestId;
            exception.StatusCode = error.StatusCode;
            return exception;
        }
    }
}

namespace Amazon.SQS.Model
{
    public class BatchEntryIdsNotDistinctException(string message, Exception? innerException = null) : AmazonSQSException(message, innerException);

    public class BatchRequestTooLongException(string message, Exception? innerException = null) : AmazonSQSException(message, innerException);

    public class EmptyBatchRequestException(string message, Exception? innerException = null) : AmazonSQSException(message, innerException);

    public class InvalidAddressException(string message, Exception? innerException = null) : AmazonSQSException(message, innerException);

    public class InvalidAttributeNameException(string message, Exception? innerException = null) : AmazonSQSException(message, innerException);

    public class InvalidAttributeValueException(string message, Exception? innerException = null) : AmazonSQSException(message, innerException);

    public class InvalidBatchEntryIdException(string message, Exception? innerException = null) : AmazonSQSException(message, innerException);

    public class InvalidIdFormatException(string message, Exception? innerException = null) : AmazonSQSException(message, innerException);

    public class InvalidMessageContentsException(string message, Exception? innerException = null) : AmazonSQSException(message, innerException);

    public class InvalidSecurityException(string message, Exception? innerException = null) : AmazonSQSException(message, innerException);

    public class KmsAccessDeniedException(string message, Exception? innerException = null) : AmazonSQSException(message, innerException);

    public class KmsDisabledException(string message, Exception? innerException = null) : AmazonSQSException(message, innerException);

    public class KmsInvalidKeyUsageException(string message, Exception? innerException = null) : AmazonSQSException(message, innerException);

    public class KmsInvalidStateException(string message, Exception? innerException = null) : AmazonSQSException(message, innerException);

    public class KmsNotFoundException(string message, Exception? innerException = null) : AmazonSQSException(message, innerException);

    public class KmsOptInRequiredException(string message, Exception? innerException = null) : AmazonSQSException(message, innerException);

    public class KmsThrottledException(string message, Exception? innerException = null) : AmazonSQSException(message, innerException);

    public class MessageNotInflightException(string message, Exception? innerException = null) : AmazonSQSException(message, innerException);

    public class OverLimitException(string message, Exception? innerException = null) : AmazonSQSException(message, innerException);

    public class PurgeQueueInProgressException(string message, Exception? innerException = null) : AmazonSQSException(message, innerException);

    public class QueueDeletedRecentlyException(string message, Exception? innerException = null) : AmazonSQSException(message, innerException);

    public class QueueDoesNotExistException(string message, Exception? innerException = null) : AmazonSQSException(message, innerException);

    public class QueueNameExistsException(string message, Exception? innerException = null) : AmazonSQSException(message, innerException);

    public class ReceiptHandleIsInvalidException(string message, Exception? innerException = null) : AmazonSQSException(message, innerException);

    public class RequestThrottledException(string message, Exception? innerException = null) : AmazonSQSException(message, innerException);

    public class TooManyEntriesInBatchRequestException(string message, Exception? innerException = null) : AmazonSQSException(message, innerException);

    public class UnsupportedOperationException(string message, Exception? innerException = null) : AmazonSQSException(message, innerException);
}
