using Amazon.BedrockRuntime.Model;
using Amazon.Runtime;
using Amazon.Runtime.Internal;

namespace Amazon.BedrockRuntime
{
    /// <summary>
    /// An error that Bedrock answered. <see cref="AmazonServiceException.ErrorCode"/> has the code; documented ones have a type of their
    /// own.
    /// </summary>
    public class AmazonBedrockRuntimeException(string message, Exception? innerException = null)
        : AmazonServiceException(message, innerException)
    {
        internal static AmazonBedrockRuntimeException For(ErrorResponse error)
        {
            var message = string.IsNullOrEmpty(error.Message) ? $"Bedrock answered {(int)error.StatusCode} {error.Code}" : error.Message;
            var inner = error.InnerException;
            AmazonBedrockRuntimeException exception = error.Code switch
            {
                "AccessDeniedException" => new AccessDeniedException(message, inner),
                "InternalServerException" => new InternalServerException(message, inner),
                "ModelErrorException" => new ModelErrorException(message, inner),
                "ModelNotReadyException" => new ModelNotReadyException(message, inner),
                "ModelTimeoutException" => new ModelTimeoutException(message, inner),
                "ResourceNotFoundException" => new ResourceNotFoundException(message, inner),
                "ServiceQuotaExceededException" => new ServiceQuotaExceededException(message, inner),
                "ServiceUnavailableException" => new ServiceUnavailableException(message, inner),
                "ThrottlingException" => new ThrottlingException(message, inner),
                "ValidationException" => new ValidationException(message, inner),
                _ => new AmazonBedrockRuntimeException(message, inner),
            };
            exception.ErrorCode = error.Code;
            exception.ErrorType = error.Type;
            exception.RequestId = error.RequestId;
            exception.StatusCode = error.StatusCode;
            return exception;
        }
    }
}

namespace Amazon.BedrockRuntime.Model
{
    public class AccessDeniedException(string message, Exception? innerException = null)
        : AmazonBedrockRuntimeException(message, innerException);

    public class InternalServerException(string message, Exception? innerException = null)
        : AmazonBedrockRuntimeException(message, innerException);

    public class ModelErrorException(string message, Exception? innerException = null)
        : AmazonBedrockRuntimeException(message, innerException);

    public class ModelNotReadyException(string message, Exception? innerException = null)
        : AmazonBedrockRuntimeException(message, innerException);

    public class ModelTimeoutException(string message, Exception? innerException = null)
        : AmazonBedrockRuntimeException(message, innerException);

    public class ResourceNotFoundException(string message, Exception? innerException = null)
        : AmazonBedrockRuntimeException(message, innerException);

    public class ServiceQuotaExceededException(string message, Exception? innerException = null)
        : AmazonBedrockRuntimeException(message, innerException);

    public class ServiceUnavailableException(string message, Exception? innerException = null)
        : AmazonBedrockRuntimeException(message, innerException);

    public class ThrottlingException(string message, Exception? innerException = null)
        : AmazonBedrockRuntimeException(message, innerException);

    public class ValidationException(string message, Exception? innerException = null)
        : AmazonBedrockRuntimeException(message, innerException);
}
