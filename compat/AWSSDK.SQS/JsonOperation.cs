using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;
using Amazon.Runtime.Internal.Util;
using Amazon.SQS.Model;

namespace Amazon.SQS;

/// <summary>The AWS JSON 1.0 protocol: a request is its JSON, the operation is named in a header, an error by its type in the body.</summary>
internal sealed class JsonOperation<TRequest, TResponse> : JsonResponseUnmarshaller, IMarshaller<IRequest, AmazonWebServiceRequest>
    where TRequest : AmazonSQSRequest
    where TResponse : AmazonWebServiceResponse, new()
{
    private static readonly JsonOperation<TRequest, TResponse> Instance = new();
    private static readonly string Target = "AmazonSQS." + typeof(TRequest).Name[..^"Request".Length];
    private static readonly JsonTypeInfo<TRequest> RequestType = (JsonTypeInfo<TRequest>)SqsJson.Default.GetTypeInfo(typeof(TRequest))!;
    private static readonly JsonTypeInfo<TResponse> ResponseType = (JsonTypeInfo<TResponse>)SqsJson.Default.GetTypeInfo(typeof(TResponse))!;

    internal static readonly InvokeOptions Options = new() { RequestMarshaller = Instance, ResponseUnmarshaller = Instance };

    public IRequest Marshall(AmazonWebServiceRequest input)
    {
        var request = new DefaultRequest(input, "Amazon.SQS")
        {
            HttpMethod = "POST",
            ResourcePath = "/",
            Content = JsonSerializer.SerializeToUtf8Bytes((TRequest)input, RequestType),
        };
        request.Headers["Content-Type"] = "application/x-amz-json-1.0";
        request.Headers["X-Amz-Target"] = Target;
        return request;
    }

    public override AmazonWebServiceResponse Unmarshall(JsonUnmarshallerContext input)
    {
        using var body = new MemoryStream();
        input.Stream.CopyTo(body);
        // Operations without a result answer with an empty body.
        return body.Length == 0 ? new TResponse() : JsonSerializer.Deserialize(body.GetBuffer().AsSpan(0, (int)body.Length), ResponseType)!;
    }

    public override AmazonServiceException UnmarshallException(JsonUnmarshallerContext input, Exception innerException, HttpStatusCode statusCode)
    {
        var reader = new StreamingUtf8JsonReader(input.Stream);
        var error = JsonErrorResponseUnmarshaller.GetInstance().Unmarshall(input, ref reader);
        error.InnerException = innerException;
        error.StatusCode = statusCode;
        var typeName = error.Code;
        // A header carries the code of the older query protocol ("AWS.SimpleQueueService.NonExistentQueue"); the SDK reports that one.
        AwsQueryCompatibleErrorHandler.ApplyQueryErrorHeader(error, input.ResponseData);
        return AmazonSQSException.For(typeName, error);
    }
}

internal sealed class Base64StreamConverter : JsonConverter<MemoryStream>
{
    public override MemoryStream Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetBytesFromBase64());

    public override void Write(Utf8JsonWriter writer, MemoryStream value, JsonSerializerOptions options) => writer.WriteBase64StringValue(value.ToArray());
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
