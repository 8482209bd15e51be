using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;
using Amazon.TimestreamWrite.Model;

namespace Amazon.TimestreamWrite;

/// <summary>The AWS JSON 1.0 protocol: a request is its JSON, the operation is named in a header, an error by its type in the body.</summary>
internal sealed class JsonOperation<TRequest, TResponse> : JsonResponseUnmarshaller, IMarshaller<IRequest, AmazonWebServiceRequest>
    where TRequest : AmazonTimestreamWriteRequest
    where TResponse : AmazonWebServiceResponse, new()
{
    private static readonly JsonOperation<TRequest, TResponse> Instance = new();
    private static readonly string Target = "Timestream_20181101." + typeof(TRequest).Name[..^"Request".Length];
    private static readonly JsonTypeInfo<TRequest> RequestType = (JsonTypeInfo<TRequest>)TimestreamJson.Default.GetTypeInfo(typeof(TRequest))!;
    private static readonly JsonTypeInfo<TResponse> ResponseType = (JsonTypeInfo<TResponse>)TimestreamJson.Default.GetTypeInfo(typeof(TResponse))!;

    internal static InvokeOptions Options() => new() { RequestMarshaller = Instance, ResponseUnmarshaller = Instance };

    public IRequest Marshall(AmazonWebServiceRequest input)
    {
        var request = new DefaultRequest(input, "Amazon.TimestreamWrite")
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
        return body.Length == 0 ? new TResponse() : JsonSerializer.Deserialize(body.GetBuffer().AsSpan(0, (int)body.Length), ResponseType)!;
    }

    public override AmazonServiceException UnmarshallException(JsonUnmarshallerContext input, Exception innerException, HttpStatusCode statusCode)
    {
        using var body = new MemoryStream();
        input.Stream.CopyTo(body);
        var (code, message, rejected) = Read(body.ToArray());
        code ??= input.ResponseData?.GetHeaderValue("x-amzn-ErrorType");
        var error = new ErrorResponse
        {
            // A type may carry its namespace in front and an address behind.
            Code = code?[(code.LastIndexOf('#') + 1)..].Split(':')[0],
            Message = string.IsNullOrEmpty(message) ? $"Timestream answered {(int)statusCode} {code}" : message,
            StatusCode = statusCode,
            InnerException = innerException,
            RequestId = input.ResponseData?.GetHeaderValue("x-amzn-RequestId"),
            Type = (int)statusCode >= 500 ? ErrorType.Receiver : ErrorType.Sender,
        };
        return AmazonTimestreamWriteException.For(error, rejected);
    }

    private static (string? Code, string? Message, List<RejectedRecord>? Rejected) Read(byte[] body)
    {
        try
        {
            var error = JsonSerializer.Deserialize(body, TimestreamJson.Default.ErrorBody);
            return (error?.Type, error?.Message ?? error?.LowerMessage, error?.RejectedRecords);
        }
        catch (JsonException)
        {
            // No service of AWS wrote this; its status says what there is to say.
            return (null, null, null);
        }
    }
}

internal sealed class ErrorBody
{
    [JsonPropertyName("__type")]
    public string? Type { get; set; }

    public string? Message { get; set; }

    [JsonPropertyName("message")]
    public string? LowerMessage { get; set; }

    public List<RejectedRecord>? RejectedRecords { get; set; }
}

internal sealed class MeasureValueTypeConverter : JsonConverter<MeasureValueType>
{
    public override MeasureValueType Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetString()!);

    public override void Write(Utf8JsonWriter writer, MeasureValueType value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
}

internal sealed class TimeUnitConverter : JsonConverter<TimeUnit>
{
    public override TimeUnit Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetString()!);

    public override void Write(Utf8JsonWriter writer, TimeUnit value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(MeasureValueTypeConverter), typeof(TimeUnitConverter)])]
[JsonSerializable(typeof(CreateDatabaseRequest))]
[JsonSerializable(typeof(CreateDatabaseResponse))]
[JsonSerializable(typeof(CreateTableRequest))]
[JsonSerializable(typeof(CreateTableResponse))]
[JsonSerializable(typeof(DescribeEndpointsRequest))]
[JsonSerializable(typeof(DescribeEndpointsResponse))]
[JsonSerializable(typeof(WriteRecordsRequest))]
[JsonSerializable(typeof(WriteRecordsResponse))]
[JsonSerializable(typeof(ErrorBody))]
internal sealed partial class TimestreamJson : JsonSerializerContext;
