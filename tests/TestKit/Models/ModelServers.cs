using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Trading.Hosting.Settings;
using Trading.Services.Models;
using Trading.TestKit.Aws;

namespace Trading.TestKit.Models;

/// <summary>
/// Bedrock and SageMaker as far as these tests need them: they check what a request contains as AWS does, and answer with forecasts of
/// prices that they were shown.
/// </summary>
internal static partial class ModelServers
{
    public const string ModelId = "global.anthropic.claude-haiku-4-5-20251001-v1:0";

    /// <summary>A language model that expects the price to rise or fall by as many percent as the test says.</summary>
    public static Task<ProtocolServer> BedrockAsync(Func<decimal, double> movePercent) => BedrockAsync((price, _) => movePercent(price));

    /// <summary>The same, by the price and the time that it is about.</summary>
    public static async Task<ProtocolServer> BedrockAsync(Func<decimal, DateTimeOffset, double> movePercent, double confidence = 0.8)
    {
        var server = await ProtocolServer.StartAsync(new("bedrock", "application/json"),
            request => BedrockRefusal(request) ?? Bedrock(request, movePercent, confidence));
        server.Keys = [AwsKey.Example];
        return server;
    }

    /// <summary>A Chronos endpoint whose median moves by as many percent as the test says, with two percent to either side.</summary>
    public static Task<ProtocolServer> SageMakerAsync(Func<decimal, double> movePercent) =>
        SageMakerAsync((price, _) => movePercent(price));

    /// <summary>The same, by the price and the time that it is about.</summary>
    public static async Task<ProtocolServer> SageMakerAsync(Func<decimal, DateTimeOffset, double> movePercent)
    {
        var server = await ProtocolServer.StartAsync(new("sagemaker", "application/json"),
            request => SageMakerRefusal(request) ?? SageMaker(request, movePercent));
        server.Keys = [AwsKey.Example];
        return server;
    }

    /// <summary>Settings that use the servers, and nothing that outlasts a test.</summary>
    public static TradingSettings With(this TradingSettings settings, ProtocolServer bedrock, ProtocolServer sageMaker) => settings with
    {
        Models = [BedrockForecaster.ModelName, SageMakerForecaster.ModelName, "technical"],
        AwsRegion = ProtocolServer.Region,
        BedrockModelId = ModelId,
        BedrockServiceUrl = bedrock.Url,
        SageMakerServiceUrl = sageMaker.Url,
        WarmModels = false,
    };

    /// <summary>An answer of Converse that calls the tool with this input.</summary>
    public static WireAnswer Converse(JsonNode input, string stopReason = "tool_use") => WireAnswer.Ok(new JsonObject
    {
        ["metrics"] = new JsonObject { ["latencyMs"] = 812 },
        ["output"] = new JsonObject
        {
            ["message"] = new JsonObject
            {
                ["role"] = "assistant",
                ["content"] = new JsonArray(
                    new JsonObject
                    {
                        ["reasoningContent"] =
                            new JsonObject { ["reasoningText"] = new JsonObject { ["text"] = "a kind of block that nobody here knows" } }
                    },
                    new JsonObject
                    {
                        ["toolUse"] = new JsonObject { ["toolUseId"] = "tooluse_1", ["name"] = "predict_price", ["input"] = input }
                    }),
            },
        },
        ["stopReason"] = stopReason,
        ["usage"] = new JsonObject { ["inputTokens"] = 1200, ["outputTokens"] = 80, ["totalTokens"] = 1280 },
    }.ToJsonString(), "application/json");

    /// <summary>An answer of Converse in words.</summary>
    public static WireAnswer ConverseText(string text, string stopReason = "end_turn") => WireAnswer.Ok(new JsonObject
    {
        ["output"] = new JsonObject
        {
            ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = new JsonArray(new JsonObject { ["text"] = text }) }
        },
        ["stopReason"] = stopReason,
        ["usage"] = new JsonObject { ["inputTokens"] = 1200, ["outputTokens"] = 80, ["totalTokens"] = 1280 },
    }.ToJsonString(), "application/json");

    /// <summary>What a model gives to the tool.</summary>
    public static JsonObject Forecast(decimal current, double movePercent, double confidence = 0.8) => new()
    {
        ["reasoning"] = "It is what the test wants.",
        ["predicted_price"] = Math.Round((double)current * (1 + movePercent / 100), 2),
        ["direction"] = movePercent > 0.1 ? "up" : movePercent < -0.1 ? "down" : "stable",
        ["confidence"] = confidence,
    };

    /// <summary>The price that a prompt is about.</summary>
    public static decimal CurrentPrice(string prompt) =>
        decimal.Parse(Current().Match(prompt).Groups[1].Value, CultureInfo.InvariantCulture);

    private static WireAnswer Bedrock(WireRequest request, Func<decimal, DateTimeOffset, double> movePercent, double confidence)
    {
        var prompt = request.Json.GetProperty("messages")[0].GetProperty("content") is { ValueKind: JsonValueKind.String } text
            ? text.GetString()!
            : request.Json.GetProperty("messages")[0].GetProperty("content")[0].GetProperty("text").GetString()!;
        var current = CurrentPrice(prompt);
        var forecast = Forecast(current,
            movePercent(current, DateTimeOffset.Parse(NewestTime().Match(prompt).Groups[1].Value, CultureInfo.InvariantCulture)),
            confidence);
        if (request.RawPath.EndsWith("/converse", StringComparison.Ordinal))
            return request.Json.TryGetProperty("toolConfig", out _) ? Converse(forecast) : ConverseText(forecast.ToJsonString());
        var content = request.Json.TryGetProperty("tools", out _)
            ? new JsonObject { ["type"] = "tool_use", ["id"] = "toolu_1", ["name"] = "predict_price", ["input"] = forecast }
            : new JsonObject { ["type"] = "text", ["text"] = forecast.ToJsonString() };
        return WireAnswer.Ok(new JsonObject
        {
            ["id"] = "msg_1", ["type"] = "message", ["role"] = "assistant", ["model"] = "claude-haiku-4-5-20251001",
            ["content"] = new JsonArray(content),
            ["stop_reason"] = content["type"]!.GetValue<string>() == "text" ? "end_turn" : "tool_use",
            ["usage"] = new JsonObject { ["input_tokens"] = 1200, ["output_tokens"] = 80 },
        }.ToJsonString(), "application/json");
    }

    private static WireAnswer? BedrockRefusal(WireRequest request)
    {
        if (request.Method != "POST" || BedrockPath().Match(request.RawPath) is not { Success: true } path)
            return Error(404, "UnknownOperationException", $"{request.Method} {request.RawPath}");
        if (path.Groups[1].Value != ModelId.Replace(":", "%3A", StringComparison.Ordinal))
            return Invalid("The provided model identifier is invalid.");
        var body = request.Json;
        if (!body.TryGetProperty("messages", out var messages) || messages.GetArrayLength() == 0)
            return Invalid("A conversation must have at least one message.");
        if (messages.EnumerateArray().Any(message => message.GetProperty("role").GetString() is not ("user" or "assistant"))
            || messages[0].GetProperty("role").GetString() != "user")
            return Invalid("A conversation must start with a user message.");
        return path.Groups[2].Value == "converse" ? ConverseRefusal(body) : InvokeRefusal(body);
    }

    private static WireAnswer? ConverseRefusal(JsonElement body)
    {
        string[] known = ["messages", "system", "inferenceConfig", "toolConfig", "outputConfig"];
        if (body.EnumerateObject().Select(member => member.Name).FirstOrDefault(name => !known.Contains(name)) is { } unknown)
            return Invalid($"Unknown field {unknown}");
        if (body.GetProperty("inferenceConfig").GetProperty("maxTokens").GetInt32() < 1)
            return Invalid("maxTokens must be at least 1.");
        if (body.GetProperty("inferenceConfig").TryGetProperty("temperature", out _))
            return Invalid("temperature is deprecated for this model.");
        if (body.TryGetProperty("toolConfig", out var tools))
        {
            var tool = tools.GetProperty("tools")[0].GetProperty("toolSpec");
            return tools.GetProperty("toolChoice").GetProperty("tool").GetProperty("name").GetString() != tool.GetProperty("name")
                .GetString() ? Invalid("The tool choice names no tool.")
                : !tool.GetProperty("strict").GetBoolean() ? Invalid("strict is wanted here.")
                : SchemaRefusal(tool.GetProperty("inputSchema").GetProperty("json"));
        }
        if (!body.TryGetProperty("outputConfig", out var output))
            return null;
        var format = output.GetProperty("textFormat");
        return format.GetProperty("type").GetString() != "json_schema" ? Invalid("type must be json_schema.")
            : SchemaRefusal(JsonDocument.Parse(
                format.GetProperty("structure").GetProperty("jsonSchema").GetProperty("schema").GetString()!).RootElement);
    }

    private static WireAnswer? InvokeRefusal(JsonElement body)
    {
        if (body.GetProperty("anthropic_version").GetString() != "bedrock-2023-05-31")
            return Invalid("anthropic_version: Field required");
        if (body.GetProperty("max_tokens").GetInt32() < 1)
            return Invalid("max_tokens: must be at least 1");
        if (body.TryGetProperty("tools", out var tools))
            return body.GetProperty("tool_choice").GetProperty("name").GetString() != tools[0].GetProperty("name").GetString()
                ? Invalid("The tool choice names no tool.") : SchemaRefusal(tools[0].GetProperty("input_schema"));
        return body.TryGetProperty("output_config", out var output)
            ? SchemaRefusal(output.GetProperty("format").GetProperty("schema")) : null;
    }

    // The subset of JSON Schema that Bedrock enforces: anything beyond it is refused at once.
    private static WireAnswer? SchemaRefusal(JsonElement schema) =>
        schema.GetProperty("type").GetString() != "object" || schema.GetProperty("additionalProperties").ValueKind
            != JsonValueKind.False ? Invalid("For 'object' type, 'additionalProperties' must be false.")
        : schema.GetProperty("required").GetArrayLength() != schema.GetProperty("properties").EnumerateObject().Count() ? Invalid(
            "all properties must be required here.")
        : schema.GetProperty("properties").EnumerateObject()
            .SelectMany(property => property.Value.EnumerateObject().Select(member => member.Name))
            .FirstOrDefault(name => name is not ("type" or "description" or "enum")) is { } word
            ? Invalid($"Schema keyword {word} is not supported.")
        : null;

    private static WireAnswer? SageMakerRefusal(WireRequest request)
    {
        if (request.Method != "POST" || request.RawPath != "/endpoints/bitcoin-price-predictor/invocations")
            return Error(400, "ValidationError", $"Endpoint of {request.RawPath} not found.");
        var body = request.Json;
        if (body.TryGetProperty("instances", out _))
            return null;
        var series = body.GetProperty("inputs")[0];
        var parameters = body.GetProperty("parameters");
        return series.GetProperty("target").GetArrayLength() is < 5 or > 1024 ? Error(424, "ModelError",
            "target must have 5 to 1024 values.")
            : series.TryGetProperty("start", out _) != parameters.TryGetProperty("freq", out _) ? Error(424,
                "ModelError", "start and freq go together.")
            : null;
    }

    private static WireAnswer SageMaker(WireRequest request, Func<decimal, DateTimeOffset, double> movePercent)
    {
        var body = request.Json;
        if (body.TryGetProperty("instances", out var rows))
        {
            var last = rows[0][rows[0].GetArrayLength() - 1].GetDecimal();
            return WireAnswer.Ok(new JsonObject
            {
                ["predictions"] = new JsonArray((double)last * (1 + movePercent(last, default) / 100)),
                ["confidence"] = 0.7
            }.ToJsonString(), "application/json");
        }
        var (series, target) = (body.GetProperty("inputs")[0], body.GetProperty("inputs")[0].GetProperty("target"));
        var current = target[target.GetArrayLength() - 1].GetDecimal();
        // The series begins at its start; where that is not told, nobody knows when it ends.
        var newest = !series.TryGetProperty("start", out var start) ? default : DateTimeOffset.Parse(start.GetString()!,
            CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal)
            .AddMinutes((target.GetArrayLength() - 1) * int.Parse(
                Minutes().Match(body.GetProperty("parameters").GetProperty("freq").GetString()!).Groups[1].Value,
                CultureInfo.InvariantCulture));
        var move = movePercent(current, newest);
        var steps = body.GetProperty("parameters").GetProperty("prediction_length").GetInt32();
        var prediction = new JsonObject { ["item_id"] = "BTC-USD", ["start"] = "2024-03-01T00:00:00", ["mean"] = Steps(0.5) };
        foreach (var level in body.GetProperty("parameters").GetProperty("quantile_levels").EnumerateArray())
            prediction[level.GetRawText()] = Steps(level.GetDouble());
        return WireAnswer.Ok(new JsonObject { ["predictions"] = new JsonArray(prediction) }.ToJsonString(), "application/json") with
        {
            Headers = new Dictionary<string, string> { ["x-Amzn-Invoked-Production-Variant"] = "AllTraffic" },
        };

        JsonArray Steps(double level) => [.. Enumerable.Range(1, steps)
            .Select(step => JsonValue.Create((double)current * (1 + (move + (level - 0.5) * 4) / 100 * step / steps)))];
    }

    private static WireAnswer Error(int status, string type, string message) => WireAnswer.Error(status, type, message, "application/json");

    private static WireAnswer Invalid(string message) => Error(400, "ValidationException", message);

    [GeneratedRegex("^/model/([^/]+)/(converse|invoke)$")]
    private static partial Regex BedrockPath();

    [GeneratedRegex(@"Current price: ([\d.]+)")]
    private static partial Regex Current();

    [GeneratedRegex("Time of the newest price: ([0-9TZ:-]+)")]
    private static partial Regex NewestTime();

    [GeneratedRegex("^([0-9]+)min$")]
    private static partial Regex Minutes();
}
