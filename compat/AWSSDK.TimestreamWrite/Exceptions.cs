using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.TimestreamWrite.Model;

namespace Amazon.TimestreamWrite
{
    /// <summary>
    /// An error that Timestream answered. <see cref="AmazonServiceException.ErrorCode"/> has the code; frequent ones have a type of their
    /// own.
    /// </summary>
    public class AmazonTimestreamWriteException(string message, Exception? innerException = null)
        : AmazonServiceException(message, innerException)
    {
        internal static AmazonTimestreamWriteException For(ErrorResponse error, List<RejectedRecord>? rejected)
        {
            var (message, inner) = (error.Message, error.InnerException);
            AmazonTimestreamWriteException exception = error.Code switch
            {
                "AccessDeniedException" => new AccessDeniedException(message, inner),
                "ConflictException" => new ConflictException(message, inner),
                "InternalServerException" => new InternalServerException(message, inner),
                "InvalidEndpointException" => new InvalidEndpointException(message, inner),
                "RejectedRecordsException" => new RejectedRecordsException(message, inner) { RejectedRecords = rejected ?? [] },
                "ResourceNotFoundException" => new ResourceNotFoundException(message, inner),
                "ServiceQuotaExceededException" => new ServiceQuotaExceededException(message, inner),
                "ThrottlingException" => new ThrottlingException(message, inner),
                "ValidationException" => new ValidationException(message, inner),
                _ => new AmazonTimestreamWriteException(message, inner),
            };
            exception.ErrorCode = error.Code;
            exception.ErrorType = error.Type;
            exception.RequestId = error.RequestId;
            exception.StatusCode = error.StatusCode;
            return exception;
        }
    }
}

namespace Amazon.TimestreamWrite.Model
{
    public class AccessDeniedException(string message, Exception? innerException = null)
        : AmazonTimestreamWriteException(message, innerException);

    public class ConflictException(string message, Exception? innerException = null)
        : AmazonTimestreamWriteException(message, innerException);

    public class InternalServerException(string message, Exception? innerException = null)
        : AmazonTimestreamWriteException(message, innerException);

    public class InvalidEndpointException(string message, Exception? innerException = null)
        : AmazonTimestreamWriteException(message, innerException);

    /// <summary>Some records were not written; the others were.</summary>
    public class RejectedRecordsException(string message, Exception? innerException = null)
        : AmazonTimestreamWriteException(message, innerException)
    {
        public List<RejectedRecord> RejectedRecords { get; set; } = [];
    }

    public class ResourceNotFoundException(string message, Exception? innerException = null)
        : AmazonTimestreamWriteException(message, innerException);

    public class ServiceQuotaExceededException(string message, Exception? innerException = null)
        : AmazonTimestreamWriteException(message, innerException);

    public class ThrottlingException(string message, Exception? innerException = null)
        : AmazonTimestreamWriteException(message, innerException);

    public class ValidationException(string message, Exception? innerException = null)
        : AmazonTimestreamWriteException(message, innerException);
}
