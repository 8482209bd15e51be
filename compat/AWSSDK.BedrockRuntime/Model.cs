using System.Text.Json.Serialization;
using Amazon.Runtime;
using Amazon.Runtime.Documents;

namespace Amazon.BedrockRuntime.Model;

// Names and types are the official package's, as far as this system uses them; members that are null are not sent.
public abstract class AmazonBedrockRuntimeRequest : AmazonWebServiceRequest;

/// <summary>A conversation for a model to go on with.</summary>
public class ConverseRequest : AmazonBedrockRuntimeRequest
{
    public InferenceConfiguration? InferenceConfig { get; set; }

    public List<Message>? Messages { get; set; }

    /// <summary>Model id, inference profile or an ARN of either. Part of the address, not of the body.</summary>
    [JsonIgnore]
    public string? ModelId { get; set; }

    public OutputConfig? OutputConfig { get; set; }

    public List<SystemContentBlock>? System { get; set; }

    public ToolConfiguration? ToolConfig { get; set; }
}

public class ConverseResponse : AmazonWebServiceResponse
{
    public ConverseMetrics? Metrics { get; set; }

    public ConverseOutput? Output { get; set; }

    public StopReason? StopReason { get; set; }

    public TokenUsage? Usage { get; set; }
}

public class ConverseMetrics
{
    public long? LatencyMs { get; set; }
}

public class ConverseOutput
{
    public Message? Message { get; set; }
}

public class TokenUsage
{
    public int? InputTokens { get; set; }

    public int? OutputTokens { get; set; }

    public int? TotalTokens { get; set; }
}

public class Message
{
    public List<ContentBlock>? Content { get; set; }

    public ConversationRole? Role { get; set; }
}

/// <summary>One of its members is set; none when a model sends a kind of block that this stand-in does not know.</summary>
public class ContentBlock
{
    public string? Text { get; set; }

    public ToolUseBlock? ToolUse { get; set; }
}

public class ToolUseBlock
{
    public Document Input { get; set; }

    public string? Name { get; set; }

    public string? ToolUseId { get; set; }
}

public class SystemContentBlock
{
    public string? Text { get; set; }
}

public class InferenceConfiguration
{
    public int? MaxTokens { get; set; }

    public List<string>? StopSequences { get; set; }

    public float? Temperature { get; set; }

    public float? TopP { get; set; }
}

public class OutputConfig
{
    public OutputFormat? TextFormat { get; set; }
}

public class OutputFormat
{
    public OutputFormatStructure? Structure { get; set; }

    public OutputFormatType? Type { get; set; }
}

public class OutputFormatStructure
{
    public JsonSchemaDefinition? JsonSchema { get; set; }
}

public class JsonSchemaDefinition
{
    public string? Description { get; set; }

    public string? Name { get; set; }

    public string? Schema { get; set; }
}
