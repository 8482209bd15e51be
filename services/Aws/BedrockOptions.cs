namespace Trading.Aws;

/// <summary>The two ways to ask a language model on Bedrock.</summary>
public enum BedrockApi
{
    /// <summary>One format for all models.</summary>
    Converse,

    /// <summary>Anthropic's own format.</summary>
    InvokeModel,
}

/// <summary>How the format of an answer is enforced.</summary>
public enum BedrockOutput
{
    /// <summary>It has to call a tool with a strict schema.</summary>
    Tool,

    /// <summary>Its text has to follow a JSON schema.</summary>
    JsonSchema,

    /// <summary>The prompt asks for JSON, without enforcement: for models that support neither.</summary>
    Text,
}

/// <summary>Which model is called, and how.</summary>
/// <param name="Region">Region, for example eu-central-1.</param>
/// <param name="ServiceUrl">Another endpoint that speaks Bedrock's protocol; AWS's own when null.</param>
/// <param name="ModelId">Model id, inference profile, or an ARN of either.</param>
/// <param name="Api">Which operation is called.</param>
/// <param name="Output">How the format of the answer is enforced.</param>
/// <param name="MaxTokens">Most tokens of an answer, reasoning included.</param>
/// <param name="Temperature">Sent when given; newer models refuse it.</param>
public sealed record BedrockOptions(string Region, string? ServiceUrl, string ModelId, BedrockApi Api, BedrockOutput Output,
    int MaxTokens, double? Temperature);

/// <summary>The format that an answer must have.</summary>
/// <param name="Name">Name of the tool or schema.</param>
/// <param name="Description">What it is for.</param>
/// <param name="Json">The JSON schema.</param>
public sealed record AnswerSchema(string Name, string Description, string Json);
