using System.Globalization;
using System.Net;
using System.Text.Json;
using Amazon.BedrockRuntime.Model;
using Amazon.Runtime;
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
