using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Amazon.BedrockRuntime;
using Amazon.BedrockRuntime.Model;

namespace Trading.Aws;

/// <summary>What a language model answered.</summary>
/// <param name="ModelId">The model, as precisely as it is known.</param>
/// <param name="Text">The answer: the tool's input as JSON, else the text.</param>
/// <param name="StopReason">Why it stopped: end_turn, tool_use, max_tokens, refusal, ...</param>
/// <param name="InputTokens">Tokens read; null when it was not reported.</param>
/// <param name="OutputTokens">Tokens written; null when it was not reported.</param>
public sealed record BedrockAnswer(string ModelId, string Text, string StopReason, int? InputTokens, int? OutputTokens);

/// <summary>
/// Language models on Amazon Bedrock. Credentials come from the SDK's chain. A question is sent once; the caller decides about retries.
/// </summary>
public sealed class Bedrock : IDisposable
{
    private readonly BedrockOptions _options;
    private readonly AmazonBedrockRuntimeClient _bedrock;

    /// <summary>Connects.</summary>
    public Bedrock(BedrockOptions options)
    {
        _options = options;
        _bedrock = new(new AwsPlace(options.Region, options.ServiceUrl).Lead(new AmazonBedrockRuntimeConfig { MaxErrorRetry = 0 }));
    }

    /// <summary>Sends a question once.</summary>
    /// <param name="instructions">The model's role and how it answers.</param>
    /// <param name="question">The question.</param>
    /// <param name="schema">The format of the answer.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ModelCallException">There is no answer.</exception>
    public Task<BedrockAnswer> AskAsync(
        string instructions, string question, AnswerSchema schema, CancellationToken cancellation) => ModelCallException.GuardAsync(
        () => _options.Api == BedrockApi.Converse ? ConverseAsync(instructions, question, schema, cancellation) : InvokeAsync(instructions,
            question, schema, cancellation), cancellation);

    /// <inheritdoc/>
    public void Dispose() => _bedrock.Dispose();

    private async Task<BedrockAnswer> ConverseAsync(
        string instructions, string question, AnswerSchema schema, CancellationToken cancellation)
    {
        var request = new ConverseRequest
        {
            ModelId = _options.ModelId,
            System = [new() { Text = instructions }],
            Messages = [new() { Role = ConversationRole.User, Content = [new() { Text = question }] }],
            InferenceConfig = new() { MaxTokens = _options.MaxTokens, Temperature = (float?)_options.Temperature },
        };
        if (_options.Output == BedrockOutput.Tool)
        {
            var tool = new ToolSpecification
            {
                Name = schema.Name,
                Description = schema.Description,
                Strict = true,
                InputSchema = new() { Json = BedrockDocument.Of(JsonNode.Parse(schema.Json)) }
            };
            request.ToolConfig = new() { Tools = [new() { ToolSpec = tool }], ToolChoice = new() { Tool = new() { Name = schema.Name } } };
        }
        else if (_options.Output == BedrockOutput.JsonSchema)
        {
            var format = new JsonSchemaDefinition { Name = schema.Name, Description = schema.Description, Schema = schema.Json };
            request.OutputConfig =
                new() { TextFormat = new() { Type = OutputFormatType.Json_schema, Structure = new() { JsonSchema = format } } };
        }

        var response = await _bedrock.ConverseAsync(request, cancellation);
        var content = response.Output?.Message?.Content ?? [];
        var text = content.FirstOrDefault(block => block.ToolUse?.Name == schema.Name) is { ToolUse: { } use }
            ? BedrockDocument.ToJson(use.Input)?.ToJsonString() ?? ""
            : string.Concat(content.Select(block => block.Text));
        return new(_options.ModelId, text, response.StopReason?.Value ?? "nothing",
            response.Usage?.InputTokens, response.Usage?.OutputTokens);
    }

    private async Task<BedrockAnswer> InvokeAsync(string instructions, string question, AnswerSchema schema, CancellationToken cancellation)
    {
        var body = new JsonObject
        {
            ["anthropic_version"] = "bedrock-2023-05-31",
            ["max_tokens"] = _options.MaxTokens,
            ["system"] = instructions,
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = question }),
        };
        if (_options.Temperature is { } temperature)
            body["temperature"] = temperature;
        if (_options.Output == BedrockOutput.Tool)
        {
            body["tools"] = new JsonArray(
                new JsonObject
                {
                    ["name"] = schema.Name,
                    ["description"] = schema.Description,
                    ["strict"] = true,
                    ["input_schema"] = JsonNode.Parse(schema.Json)
                });
            body["tool_choice"] = new JsonObject { ["type"] = "tool", ["name"] = schema.Name };
        }
        else if (_options.Output == BedrockOutput.JsonSchema)
            body["output_config"] =
                new JsonObject { ["format"] = new JsonObject { ["type"] = "json_schema", ["schema"] = JsonNode.Parse(schema.Json) } };

        var request = new InvokeModelRequest
        {
            ModelId = _options.ModelId,
            ContentType = "application/json",
            Accept = "application/json",
            Body = new(Encoding.UTF8.GetBytes(body.ToJsonString()))
        };
        var response = await _bedrock.InvokeModelAsync(request, cancellation);
        using var answer = await JsonDocument.ParseAsync(response.Body!, cancellationToken: cancellation);
        return Read(answer.RootElement, schema.Name);
    }

    // Anthropic's format. Missing fields count as not reported; the text is checked by the caller.
    private BedrockAnswer Read(JsonElement answer, string tool)
    {
        if (answer.ValueKind != JsonValueKind.Object)
            throw new JsonException("it is no JSON object");
        var content = Member(answer, "content") is { ValueKind: JsonValueKind.Array } blocks ? blocks.EnumerateArray().ToList() : [];
        var use = content.FirstOrDefault(block => Text(block, "type") == "tool_use" && Text(block, "name") == tool);
        var text = Member(use, "input") is { ValueKind: JsonValueKind.Object } input
            ? input.GetRawText() : string.Concat(content.Select(block => Text(block, "text")));
        var usage = Member(answer, "usage");
        var model = Text(answer, "model") is { } resolved ? $"{_options.ModelId} ({resolved})" : _options.ModelId;
        return new(model, text, Text(answer, "stop_reason") ?? "nothing", Number(usage, "input_tokens"), Number(usage, "output_tokens"));
    }

    private static JsonElement? Member(JsonElement? of, string name) =>
        of is { ValueKind: JsonValueKind.Object } element && element.TryGetProperty(name, out var member) ? member : null;

    private static string? Text(JsonElement of, string name) =>
        Member(of, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private static int? Number(JsonElement? of, string name) =>
        Member(of, name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var value) ? value : null;
}
