using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Amazon.BedrockRuntime;
using Amazon.BedrockRuntime.Model;
using Amazon.Runtime.Documents;
using Trading.TestKit.Aws;
using Trading.TestKit.Models;
using Xunit;

namespace Trading.Integration.Tests.Models;

/// <summary>What the client of Bedrock's models puts on the wire and how it takes what the service answers.</summary>
public sealed class ModelClientTests
{
    [Theory]
    [InlineData("global.anthropic.claude-haiku-4-5-20251001-v1:0", "/model/global.anthropic.claude-haiku-4-5-20251001-v1%3A0/converse")]
    [InlineData("arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.a-b",
        "/model/arn%3Aaws%3Abedrock%3Aeu-central-1%3A123456789012%3Ainference-profile%2Feu.a-b/converse")]
    public async Task a_model_is_named_in_the_path_escaped_and_the_signature_holds(string modelId, string path)
    {
        await using var server = await ProtocolServer.StartAsync(new("bedrock", "application/json"), _ => ModelServers.ConverseText("up"));
        using var bedrock = Bedrock(server);

        var response = await bedrock.ConverseAsync(new()
        {
            ModelId = modelId,
            Messages = [new() { Role = ConversationRole.User, Content = [new() { Text = "é?" }] }],
            InferenceConfig = new() { MaxTokens = 10 }
        });

        var request = Assert.Single(server.Requests);
        Assert.Empty(server.Refusals);
        Assert.Equal(path, request.RawPath);
        Assert.Equal("""{"inferenceConfig":{"maxTokens":10},"messages":[{"content":[{"text":"\u00E9?"}],"role":"user"}]}""", request.Text);
        Assert.Equal(("up", StopReason.End_turn, 1200, 80),
            (response.Output!.Message!.Content![0].Text, response.StopReason, response.Usage!.InputTokens, response.Usage.OutputTokens));
    }

    [Fact]
    public async Task a_tool_s_schema_and_its_input_are_documents()
    {
        await using var server = await ProtocolServer.StartAsync(new("bedrock"),
            _ => ModelServers.Converse(JsonNode.Parse("""{"price":61234.5,"rank":3,"sure":true,"why":["a",null]}""")!));
        using var bedrock = Bedrock(server);
        var schema = new Document(new Dictionary<string,
            Document>
        { ["type"] = new("object"), ["strict"] = new(false), ["sizes"] = new(new List<Document> { new(1), new(2.5) }) });

        var response = await bedrock.ConverseAsync(new()
        {
            ModelId = "m", ToolConfig = new()
            {
                Tools = [new() { ToolSpec = new() { Name = "t", Strict = true, InputSchema = new() { Json = schema } } }],
                ToolChoice = new() { Any = new() }
            },
        });

        Assert.Equal(
            """{"toolConfig":{"toolChoice":{"any":{}},"tools":[{"toolSpec":{"inputSchema":{"json":{"type":"object","strict":"""
                + """false,"sizes":[1,2.5]}},"name":"t","strict":true}}]}}""",
            server.Requests[0].Text);
        var input = response.Output!.Message!.Content!.Single(block => block.ToolUse is not null).ToolUse!.Input.AsDictionary();
        Assert.Equal((61234.5, 3, true, "a"),
            (input["price"].AsDouble(), input["rank"].AsInt(), input["sure"].AsBool(), input["why"].AsList()[0].AsString()));
        Assert.True(input["why"].AsList()[1].IsNull());
    }

    [Fact]
    public async Task a_model_is_invoked_with_a_body_of_its_own_and_its_answer_is_handed_over_as_it_came()
    {
        await using var server = await ProtocolServer.StartAsync(new("bedrock", "application/json"),
            _ => new(200, "application/json", """{"any":"thing"}"""));
        using var bedrock = Bedrock(server);

        var response = await bedrock.InvokeModelAsync(
            new() { ModelId = "m", ContentType = "application/json", Accept = "application/json", Body = new("{}"u8.ToArray()) });

        Assert.Empty(server.Refusals);
        Assert.Equal(("/model/m/invoke", "{}", "application/json"),
            (server.Requests[0].RawPath, server.Requests[0].Text, server.Requests[0].Headers["Accept"]));
        Assert.Equal(("""{"any":"thing"}""", "application/json"),
            (Encoding.UTF8.GetString(response.Body!.ToArray()), response.ContentType));
    }

    [Theory]
    [InlineData(429, "ThrottlingException", typeof(ThrottlingException))]
    [InlineData(403, "AccessDeniedException", typeof(AccessDeniedException))]
    [InlineData(404, "ResourceNotFoundException", typeof(ResourceNotFoundException))]
    [InlineData(400, "ValidationException", typeof(ValidationException))]
    [InlineData(408, "ModelTimeoutException", typeof(ModelTimeoutException))]
    [InlineData(503, "SomethingNew", typeof(AmazonBedrockRuntimeException))]
    public async Task an_error_has_its_type_its_code_and_its_message(int status, string code, Type type)
    {
        await using var server = await ProtocolServer.StartAsync(new("bedrock"),
            _ => WireAnswer.Error(status, code, "so it is", "application/json"));
        using var bedrock = Bedrock(server);

        var error = await Assert.ThrowsAnyAsync<AmazonBedrockRuntimeException>(() => bedrock.ConverseAsync(new() { ModelId = "m" }));

        Assert.Equal((type, (HttpStatusCode)status, code, "so it is", "00000000-0000-0000-0000-000000000001"),
            (error.GetType(), error.StatusCode, error.ErrorCode, error.Message, error.RequestId));
    }

    [Fact]
    public async Task a_throttled_question_is_tried_again_as_often_as_the_settings_say()
    {
        await using var server = await ProtocolServer.StartAsync(new("bedrock"), _ => ModelServers.ConverseText("up"));
        server.Next(WireAnswer.Error(429, "ThrottlingException", "Too many tokens"));
        using var bedrock = Bedrock(server, retries: 1);

        await bedrock.ConverseAsync(new() { ModelId = "m" });

        Assert.Equal(2, server.Requests.Count);
    }

    private static AmazonBedrockRuntimeClient Bedrock(ProtocolServer server, int retries = 0) =>
        new(AwsKey.Example.AccessKey, AwsKey.Example.SecretKey,
            new AmazonBedrockRuntimeConfig
            {
                ServiceURL = server.Url,
                AuthenticationRegion = ProtocolServer.Region,
                MaxErrorRetry = retries
            });
}
