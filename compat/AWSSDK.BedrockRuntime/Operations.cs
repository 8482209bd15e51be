using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Amazon.BedrockRuntime.Model;
using Amazon.Runtime;
using Amazon.Runtime.Documents;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;
using Amazon.StandIn;
using Amazon.Util;

namespace Amazon.BedrockRuntime;

/// <summary>
/// What the operations of the REST-JSON protocol share: the model is named in the path, an error in a header or by its type in the body.
/// </summary>
internal abstract class RestOperation : JsonResponseUnmarshaller, IMarshaller<IRequest, AmazonWebServiceRequest>
{
    public abstract IRequest Marshall(AmazonWebServiceRequest input);

    protected static DefaultRequest Post(AmazonWebServiceRequest input, string? modelId, string operation)
    {
        if (string.IsNullOrEmpty(modelId))
            throw new AmazonBedrockRuntimeException("Request object does not have required field ModelId set");
        var request = new DefaultRequest(input, "Amazon.BedrockRuntime")
        { HttpMethod = "POST", ResourcePath = $"/model/{{modelId}}/{operation}" };
        request.AddPathResource("{modelId}", modelId);
        request.Headers["Content-Type"] = "application/json";
        request.Headers[HeaderKeys.XAmzApiVersion] = "2023-09-30";
        return request;
    }

    public override AmazonServiceException UnmarshallException(
        JsonUnmarshallerContext input, Exception innerException, HttpStatusCode statusCode) =>
        AmazonBedrockRuntimeException.For(AwsService.ErrorOf(input, innerException, statusCode));
}

internal sealed class ConverseOperation : RestOperation
{
    private static readonly ConverseOperation Instance = new();

    internal static readonly InvokeOptions Options = new() { RequestMarshaller = Instance, ResponseUnmarshaller = Instance };

    public override IRequest Marshall(AmazonWebServiceRequest input)
    {
        var request = Post(input, ((ConverseRequest)input).ModelId, "converse");
        request.Content = JsonSerializer.SerializeToUtf8Bytes((ConverseRequest)input, BedrockJson.Options);
        return request;
    }

    public override AmazonWebServiceResponse Unmarshall(JsonUnmarshallerContext input) =>
        JsonSerializer.Deserialize<ConverseResponse>(input.Stream, BedrockJson.Options) ?? new();
}

internal sealed class InvokeModelOperation : RestOperation
{
    private static readonly InvokeModelOperation Instance = new();

    internal static readonly InvokeOptions Options = new() { RequestMarshaller = Instance, ResponseUnmarshaller = Instance };

    public override IRequest Marshall(AmazonWebServiceRequest input)
    {
        var invoke = (InvokeModelRequest)input;
        var request = Post(input, invoke.ModelId, "invoke");
        request.ContentStream = invoke.Body ?? new MemoryStream();
        request.ContentStream.Seek(0, SeekOrigin.Begin);
        request.Headers[HeaderKeys.ContentLengthHeader] = request.ContentStream.Length.ToString(CultureInfo.InvariantCulture);
        request.Headers[HeaderKeys.ContentTypeHeader] = invoke.ContentType ?? "application/octet-stream";
        if (invoke.Accept is { } accept)
            request.Headers["Accept"] = accept;
        return request;
    }

    public override AmazonWebServiceResponse Unmarshall(JsonUnmarshallerContext input)
    {
        var response = new InvokeModelResponse { Body = new(), ContentType = input.ResponseData.GetHeaderValue("Content-Type") };
        input.Stream.CopyTo(response.Body);
        response.Body.Seek(0, SeekOrigin.Begin);
        return response;
    }
}

/// <summary>Content without a type of its own, such as the schema of a tool and what a model gives to it.</summary>
internal sealed class DocumentConverter : JsonConverter<Document>
{
    public override Document Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var parsed = JsonDocument.ParseValue(ref reader);
        return From(parsed.RootElement);
    }

    public override void Write(Utf8JsonWriter writer, Document value, JsonSerializerOptions options)
    {
        switch (value.Type)
        {
            case DocumentType.Bool:
                writer.WriteBooleanValue(value.AsBool());
                break;
            case DocumentType.Double:
                writer.WriteNumberValue(value.AsDouble());
                break;
            case DocumentType.Int:
                writer.WriteNumberValue(value.AsInt());
                break;
            case DocumentType.Long:
                writer.WriteNumberValue(value.AsLong());
                break;
            case DocumentType.String:
                writer.WriteStringValue(value.AsString());
                break;
            case DocumentType.List:
                writer.WriteStartArray();
                foreach (var item in value.AsList())
                    Write(writer, item, options);
                writer.WriteEndArray();
                break;
            case DocumentType.Dictionary:
                writer.WriteStartObject();
                foreach (var (name, item) in value.AsDictionary())
                {
                    writer.WritePropertyName(name);
                    Write(writer, item, options);
                }
                writer.WriteEndObject();
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }

    private static Document From(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object =>
            new(element.EnumerateObject().GroupBy(member => member.Name).ToDictionary(same => same.Key, same => From(same.Last().Value))),
        JsonValueKind.Array => new(element.EnumerateArray().Select(From).ToList()),
        JsonValueKind.String => new(element.GetString()!),
        JsonValueKind.Number =>
            element.TryGetInt32(out var number) ? new(number) : element.TryGetInt64(out var large) ? new(large) : new(element.GetDouble()),
        JsonValueKind.True => new(true),
        JsonValueKind.False => new(false),
        _ => default,
    };
}

internal static class BedrockJson
{
    internal static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new DocumentConverter() },
    };
}
