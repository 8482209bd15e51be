using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;
using Amazon.StandIn;
using Amazon.TimestreamWrite.Model;

namespace Amazon.TimestreamWrite;

internal sealed class JsonOperation<TRequest, TResponse> : AwsJsonOperation<TimestreamProtocol, TRequest, TResponse>
    where TRequest : AmazonTimestreamWriteRequest
    where TResponse : AmazonWebServiceResponse, new();

internal sealed class TimestreamProtocol : IAwsJsonProtocol
{
    public static string Service => "Amazon.TimestreamWrite";

    public static string Target => "Timestream_20181101";

    public static string Version => "1.0";

    public static JsonSerializerContext Types => TimestreamJson.Default;

    public static AmazonServiceException Error(JsonUnmarshallerContext input, Exception innerException, HttpStatusCode statusCode)
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

internal sealed class MeasureValueTypeConverter() : ConstantConverter<MeasureValueType>(name => new(name));

internal sealed class TimeUnitConverter() : ConstantConverter<TimeUnit>(name => new(name));

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(MeasureValueTypeConverter), typeof(TimeUnitConverter)])]
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
