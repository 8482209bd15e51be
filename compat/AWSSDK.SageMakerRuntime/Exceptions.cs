using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.SageMakerRuntime.Model;

namespace Amazon.SageMakerRuntime
{
    /// <summary>
    /// An error that SageMaker answered. <see cref="AmazonServiceException.ErrorCode"/> has the code; documented ones have a type of their
    /// own.
    /// </summary>
    public class AmazonSageMakerRuntimeException(string message, Exception? innerException = null)
        : AmazonServiceException(message, innerException)
    {
        internal static AmazonSageMakerRuntimeException For(ErrorResponse error)
        {
            var message = string.IsNullOrEmpty(error.Message) ? $"SageMaker answered {(int)error.StatusCode} {error.Code}" : error.Message;
            var inner = error.InnerException;
            AmazonSageMakerRuntimeException exception = error.Code switch
            {
                "InternalDependencyException" => new InternalDependencyException(message, inner),
                "InternalFailure" => new InternalFailureException(message, inner),
                "ModelError" => new ModelErrorException(message, inner),
                "ModelNotReadyException" => new ModelNotReadyException(message, inner),
                "ServiceUnavailable" => new ServiceUnavailableException(message, inner),
                "ValidationError" => new ValidationErrorException(message, inner),
                _ => new AmazonSageMakerRuntimeException(message, inner),
            };
            exception.ErrorCode = error.Code;
            exception.ErrorType = error.Type;
            exception.RequestId = error.RequestId;
            exception.StatusCode = error.StatusCode;
            return exception;
        }
    }
}

namespace Amazon.SageMakerRuntime.Model
{
    public class InternalDependencyException(string message, Exception? innerException = null)
        : AmazonSageMakerRuntimeException(message, innerException);

    public class InternalFailureException(string message, Exception? innerException = null)
        : AmazonSageMakerRuntimeException(message, innerException);

    public class ModelErrorException(string message, Exception? innerException = null)
        : AmazonSageMakerRuntimeException(message, innerException);

    public class ModelNotReadyException(string message, Exception? innerException = null)
        : AmazonSageMakerRuntimeException(message, innerException);

    public class ServiceUnavailableException(string message, Exception? innerException = null)
        : AmazonSageMakerRuntimeException(message, innerException);

    public class ValidationErrorException(string message, Exception? innerException = null)
        : AmazonSageMakerRuntimeException(message, innerException);
}
