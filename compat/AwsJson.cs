using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;

namespace Amazon.StandIn;

// What the clients of services that speak the AWS JSON protocol have in common. Compiled into each client.

/// <summary>How one service speaks the AWS JSON protocol.</summary>
internal interface IAwsJsonProtocol
{
    /// <summary>Name of the service in the SDK, for example Amazon.SQS.</summary>
    static abstract string Service { get; }

    /// <summary>What the operation's name stands behind in the header X-Amz-Target, for example AmazonSQS.</summary>
    static abstract string Target { get; }

    /// <summary>Version of the protocol: 1.0 or 1.1.</summary>
    static abstract string Version { get; }

    /// <summary>Requests and responses as JSON.</summary>
    static abstract JsonSerializerContext Types { get; }

    /// <summary>The exception of an answer that is an error.</summary>
    static abstract AmazonServiceException Error(JsonUnmarshallerContext input, Exception innerException, HttpStatusCode statusCode);
}

/// <summary>
/// An operation of the AWS JSON protocol: a request is its JSON, the operation is named in a header, an error by its type in the body.
/// </summary>
internal class AwsJsonOperation<TProtocol, TRequest, TResponse> : JsonResponseUnmarshaller, IMarshaller<IRequest, AmazonWebServiceRequest>
    where TProtocol : IAwsJsonProtocol
    where TRequest : AmazonWebServiceRequest
    where TResponse : AmazonWebServiceResponse, new()
{
    private static readonly AwsJsonOperation<TProtocol, TRequest, TResponse> Instance = new();
    private static readonly string Target = $"{TProtocol.Target}.{typeof(TRequest).Name[..^"Request".Length]}";
    private static readonly JsonTypeInfo<TRequest> RequestType = (JsonTypeInfo<TRequest>)TProtocol.Types.GetTypeInfo(typeof(TRequest))!;
    private static readonly JsonTypeInfo<TResponse> ResponseType = (JsonTypeInfo<TResponse>)TProtocol.Types.GetTypeInfo(typeof(TResponse))!;

    /// <summary>What the pipeline is called with.</summary>
    internal static readonly InvokeOptions Options = NewOptions();

    /// <summary>The same, to be added to.</summary>
    internal static InvokeOptions NewOptions() => new() { RequestMarshaller = Instance, ResponseUnmarshaller = Instance };

    public IRequest Marshall(AmazonWebServiceRequest input)
    {
        var request = new DefaultRequest(input, TProtocol.Service)
        { HttpMethod = "POST", ResourcePath = "/", Content = JsonSerializer.SerializeToUtf8Bytes((TRequest)input, RequestType) };
        request.Headers["Content-Type"] = $"application/x-amz-json-{TProtocol.Version}";
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

    public override AmazonServiceException UnmarshallException(
        JsonUnmarshallerContext input, Exception innerException, HttpStatusCode statusCode) =>
        TProtocol.Error(input, innerException, statusCode);
}

/// <summary>Bytes as text in base64.</summary>
internal sealed class Base64StreamConverter : JsonConverter<MemoryStream>
{
    public override MemoryStream Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(reader.GetBytesFromBase64());

    public override void Write(Utf8JsonWriter writer, MemoryStream value, JsonSerializerOptions options) =>
        writer.WriteBase64StringValue(value.ToArray());
}
