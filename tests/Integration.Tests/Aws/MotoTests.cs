using System.Net.Http.Headers;
using System.Text.Json;
using Amazon.BedrockRuntime;
using Amazon.SQS;
using Amazon.SQS.Model;
using Amazon.SimpleNotificationService;
using Amazon.SimpleNotificationService.Model;
using Trading.Aws;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Aws;

/// <summary>
/// Models, alerts and secrets against moto, another's reading of the same protocols, where it is installed. The stores' tests run against
/// it by themselves.
/// </summary>
public sealed class MotoTests
{
    private const string Account = "123456789012"; // moto's

    [Theory, OnMoto]
    public async Task a_secret_is_read_and_one_that_is_not_there_is_named(string server)
    {
        var (place, name) = (await StoreServers.PlaceAsync(server), StoreServers.NewName("trading/binance"));
        await PostAsync(place.Url!, new { Name = name, SecretString = "hunter2" }, request =>
        {
            request.Headers.Add("X-Amz-Target", "secretsmanager.CreateSecret");
            request.Headers.TryAddWithoutValidation("Authorization", "AWS4-HMAC-SHA256 "
                + $"Credential=x/20260101/{StoreServers.Region}/secretsmanager/aws4_request, SignedHeaders=host, Signature=0");
        });

        using var secrets = new SecretsManager(StoreServers.Region, place.Url);
        Assert.Equal("hunter2", await secrets.GetAsync(name, default));
        var missing = await Assert.ThrowsAsync<SecretsManagerException>(() => secrets.GetAsync($"{name}-other", default));
        Assert.Contains($"the secret {name}-other", missing.Message, StringComparison.Ordinal);
        Assert.True(missing.Gone);
    }

    [Theory, OnMoto]
    public async Task an_alert_reaches_a_subscriber_with_the_attributes_that_it_filters_by(string server)
    {
        var (place, name) = (await StoreServers.PlaceAsync(server), StoreServers.NewName("alerts"));
        using var sns = new AmazonSimpleNotificationServiceClient(place.Lead(new AmazonSimpleNotificationServiceConfig()));
        using var sqs = new AmazonSQSClient(place.Lead(new AmazonSQSConfig()));
        var topic = (await sns.CreateTopicAsync(name)).TopicArn;
        var queue = (await sqs.CreateQueueAsync(name)).QueueUrl;
        var arn = (await sqs.GetQueueAttributesAsync(queue, ["QueueArn"])).Attributes["QueueArn"];
        await sns.SubscribeAsync(new SubscribeRequest
        {
            TopicArn = topic, Protocol = "sqs", Endpoint = arn,
            Attributes = new() { ["RawMessageDelivery"] = "true", ["FilterPolicy"] = """{"kind":["trade"]}""" },
        });

        using var alerts = new AlertTopic(StoreServers.Region, place.Url, name, TimeSpan.FromSeconds(10));
        await alerts.PublishAsync("Halt", "Trading was halted", new Dictionary<string, string> { ["kind"] = "state" }, default);
        await alerts.PublishAsync("Trade", "[SIMULATED] BTC-USD", new Dictionary<string, string> { ["kind"] = "trade" }, default);

        var received = (await sqs.ReceiveMessageAsync(
            new ReceiveMessageRequest(queue) { MaxNumberOfMessages = 10, WaitTimeSeconds = 2, MessageAttributeNames = ["All"] })).Messages;
        Assert.Equal(("[SIMULATED] BTC-USD", "trade"), (Assert.Single(received).Body, received[0].MessageAttributes["kind"].StringValue));
    }

    [Theory, OnMoto]
    public async Task an_endpoint_of_sagemaker_answers_what_it_is_set_to(string server)
    {
        const string Answer = """{"predictions":[{"mean":[61000.5]}]}""";
        var place = await StoreServers.PlaceAsync(server);
        await PostAsync($"{place.Url}/moto-api/static/sagemaker/endpoint-results", new
        {
            account_id = Account,
            region = StoreServers.Region,
            results = new[] { new { Body = Answer, ContentType = "application/json", InvokedProductionVariant = "blue" } },
        });

        using var endpoint = new SageMaker(new(StoreServers.Region, place.Url, "chronos"));
        Assert.Equal(new SageMakerAnswer("blue", Answer), await endpoint.AskAsync("""{"inputs":[]}""", default));
    }

    [Theory, OnMoto]
    public async Task a_model_of_bedrock_is_invoked(string server)
    {
        var place = await StoreServers.PlaceAsync(server);
        using var bedrock = new AmazonBedrockRuntimeClient(place.Lead(new AmazonBedrockRuntimeConfig()));
        var response = await bedrock.InvokeModelAsync(
            new()
            {
                ModelId = "anthropic.claude-haiku-4-5-20251001-v1:0",
                ContentType = "application/json",
                Accept = "application/json",
                Body = new("{}"u8.ToArray())
            });
        Assert.Equal("{}", System.Text.Encoding.UTF8.GetString(response.Body!.ToArray()));
    }

    private static async Task PostAsync(string url, object said, Action<HttpRequestMessage>? prepare = null)
    {
        using var http = new HttpClient();
        // moto wants to know the length before.
        using var request = new HttpRequestMessage(HttpMethod.Post, url)
        { Content = new StringContent(JsonSerializer.Serialize(said), new MediaTypeHeaderValue("application/x-amz-json-1.1")) };
        prepare?.Invoke(request);
        var answer = await http.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }
}
