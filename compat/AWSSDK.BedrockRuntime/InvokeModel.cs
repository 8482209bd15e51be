using Amazon.Runtime;

namespace Amazon.BedrockRuntime.Model;

/// <summary>A request in a model's own format.</summary>
public class InvokeModelRequest : AmazonBedrockRuntimeRequest
{
    public string? Accept { get; set; }

    public MemoryStream? Body { get; set; }

    public string? ContentType { get; set; }

    public string? ModelId { get; set; }
}

public class InvokeModelResponse : AmazonWebServiceResponse
{
    public MemoryStream? Body { get; set; }

    public string? ContentType { get; set; }
}
