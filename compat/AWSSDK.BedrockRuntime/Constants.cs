using System.Text.Json.Serialization;
using Amazon.Runtime;
using Amazon.StandIn;

namespace Amazon.BedrockRuntime;

#pragma warning disable CA1707 // The official package names them so.

/// <summary>Who said a message.</summary>
[JsonConverter(typeof(Converter))]
public class ConversationRole : ConstantClass
{
    public static readonly ConversationRole Assistant = new("assistant");
    public static readonly ConversationRole User = new("user");

    public ConversationRole(string value) : base(value)
    {
    }

    public static ConversationRole FindValue(string value) => FindValue<ConversationRole>(value);

    public static implicit operator ConversationRole(string value) => FindValue(value);

    internal sealed class Converter() : ConstantConverter<ConversationRole>(FindValue);
}

/// <summary>Why a model stopped.</summary>
[JsonConverter(typeof(Converter))]
public class StopReason : ConstantClass
{
    public static readonly StopReason Content_filtered = new("content_filtered");
    public static readonly StopReason End_turn = new("end_turn");
    public static readonly StopReason Guardrail_intervened = new("guardrail_intervened");
    public static readonly StopReason Max_tokens = new("max_tokens");
    public static readonly StopReason Model_context_window_exceeded = new("model_context_window_exceeded");
    public static readonly StopReason Stop_sequence = new("stop_sequence");
    public static readonly StopReason Tool_use = new("tool_use");

    public StopReason(string value) : base(value)
    {
    }

    public static StopReason FindValue(string value) => FindValue<StopReason>(value);

    public static implicit operator StopReason(string value) => FindValue(value);

    internal sealed class Converter() : ConstantConverter<StopReason>(FindValue);
}

/// <summary>Kinds of structured output.</summary>
[JsonConverter(typeof(Converter))]
public class OutputFormatType : ConstantClass
{
    public static readonly OutputFormatType Json_schema = new("json_schema");

    public OutputFormatType(string value) : base(value)
    {
    }

    public static OutputFormatType FindValue(string value) => FindValue<OutputFormatType>(value);

    public static implicit operator OutputFormatType(string value) => FindValue(value);

    internal sealed class Converter() : ConstantConverter<OutputFormatType>(FindValue);
}
