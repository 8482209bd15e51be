using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.SecretsManager.Model;

namespace Amazon.SecretsManager
{
    /// <summary>
    /// An error that Secrets Manager answered. <see cref="AmazonServiceException.ErrorCode"/> has the code; frequent ones have a type of
    /// their own.
    /// </summary>
    public class AmazonSecretsManagerException(string message, Exception? innerException = null)
        : AmazonServiceException(message, innerException)
    {
        /// <summary>The exception for an error's type name in the JSON protocol.</summary>
        internal static AmazonSecretsManagerException For(ErrorResponse error)
        {
            var message = string.IsNullOrEmpty(error.Message)
                ? $"Secrets Manager answered {(int)error.StatusCode} {error.Code}" : error.Message;
            var inner = error.InnerException;
            AmazonSecretsManagerException exception = error.Code switch
            {
                "DecryptionFailure" or "DecryptionFailureException" => new DecryptionFailureException(message, inner),
                "InternalServiceError" or "InternalServiceErrorException" => new InternalServiceErrorException(message, inner),
                "InvalidParameterException" => new InvalidParameterException(message, inner),
                "InvalidRequestException" => new InvalidRequestException(message, inner),
                "ResourceNotFoundException" => new ResourceNotFoundException(message, inner),
                _ => new AmazonSecretsManagerException(message, inner),
            };
            exception.ErrorCode = error.Code;
            exception.ErrorType = error.Type;
            exception.RequestId = error.RequestId;
            exception.StatusCode = error.StatusCode;
            return exception;
        }
    }
}

namespace Amazon.SecretsManager.Model
{
    public class DecryptionFailureException(string message, Exception? innerException = null)
        : AmazonSecretsManagerException(message, innerException);

    public class InternalServiceErrorException(string message, Exception? innerException = null)
        : AmazonSecretsManagerException(message, innerException);

    public class InvalidParameterException(string message, Exception? innerException = null)
        : AmazonSecretsManagerException(message, innerException);

    public class InvalidRequestException(string message, Exception? innerException = null)
        : AmazonSecretsManagerException(message, innerException);

    public class ResourceNotFoundException(string message, Exception? innerException = null)
        : AmazonSecretsManagerException(message, innerException);
}
