using System.Net;
using System.Text.Json.Serialization;
using Amazon.Runtime;
using Amazon.Runtime.Internal.Transform;
using Amazon.SQS.Model;
using Amazon.StandIn;

namespace Amazon.SQS;

internal sealed class JsonOperation<TRequest, TResponse> : AwsJsonOperation<SqsProtocol, TRequest, TResponse>
    where TRequest : AmazonSQSRequest
    where TResponse : AmazonWebServiceResponse, new();

internal sealed class SqsProtocol : IAwsJsonProtocol
{
    public static string Service => "Amazon.SQS";

    public static string Target => "AmazonSQS";

    public static string Version => "1.0";

    public static JsonSerializerContext Types => SqsJson.Default;

    public static AmazonServiceException Error(JsonUnmarshallerContext input, Exception innerException, HttpStatusCode statusCode)
    {
        var error = AwsService.ErrorOf(input, innerException, statusCode);
        var typeName = error.Code;
        // A header carries the code of the older query protocol ("AWS.SimpleQueueService.NonExistentQueue"); the SDK reports that one.
        AwsQueryCompatibleErrorHandler.ApplyQueryErrorHeader(error, input.ResponseData);
        return AmazonSQSException.For(typeName, error);
    }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(Base64StreamConverter)])]
[JsonSerializable(typeof(ChangeMessageVisibilityRequest))]
[JsonSerializable(typeof(ChangeMessageVisibilityResponse))]
[JsonSerializable(typeof(ChangeMessageVisibilityBatchRequest))]
[JsonSerializable(typeof(ChangeMessageVisibilityBatchResponse))]
[JsonSerializable(typeof(CreateQueueRequest))]
[JsonSerializable(typeof(CreateQueueResponse))]
[JsonSerializable(typeof(DeleteMessageRequest))]
[JsonSerializable(typeof(DeleteMessageResponse))]
[JsonSerializable(typeof(DeleteMessageBatchRequest))]
[JsonSerializable(typeof(DeleteMessageBatchResponse))]
[JsonSerializable(typeof(DeleteQueueRequest))]
[JsonSerializable(typeof(DeleteQueueResponse))]
[JsonSerializable(typeof(GetQueueAttributesRequest))]
[JsonSerializable(typeof(GetQueueAttributesResponse))]
[JsonSerializable(typeof(GetQueueUrlRequest))]
[JsonSerializable(typeof(GetQueueUrlResponse))]
[JsonSerializable(typeof(ListQueuesRequest))]
[JsonSerializable(typeof(ListQueuesResponse))]
[JsonSerializable(typeof(PurgeQueueRequest))]
[JsonSerializable(typeof(PurgeQueueResponse))]
[JsonSerializable(typeof(ReceiveMessageRequest))]
[JsonSerializable(typeof(ReceiveMessageResponse))]
[JsonSerializable(typeof(SendMessageRequest))]
[JsonSerializable(typeof(SendMessageResponse))]
[JsonSerializable(typeof(SendMessageBatchRequest))]
[JsonSerializable(typeof(SendMessageBatchResponse))]
[JsonSerializable(typeof(SetQueueAttributesRequest))]
[JsonSerializable(typeof(SetQueueAttributesResponse))]
[JsonSerializable(typeof(TagQueueRequest))]
[JsonSerializable(typeof(TagQueueResponse))]
internal sealed partial class SqsJson : JsonSerializerContext;
