using Amazon.Runtime;

namespace Amazon.SageMakerRuntime.Model;

// Names and types are the official package's, as far as this system uses them; members that are null are not sent.

public abstract class AmazonSageMakerRuntimeRequest : AmazonWebServiceRequest;

/// <summary>A request to a model behind an endpoint, in the model's own format.</summary>
public class InvokeEndpointRequest : AmazonSageMakerRuntimeRequest
{
    public string? Accept { get; set; }

    public MemoryStream? Body { get; set; }

    public string? ContentType { get; set; }

    public string? CustomAttributes { get; set; }

    public string? EndpointName { get; set; }

    public string? InferenceId { get; set; }

    public string? TargetModel { get; set; }

    public string? TargetVariant { get; set; }
}

public class InvokeEndpointResponse : AmazonWebServiceResponse
{
    public MemoryStream? Body { get; set; }

    public string? ContentType { get; set; }

    public string? CustomAttributes { get; set; }

    public string? InvokedProductionVariant { get; set; }
}
