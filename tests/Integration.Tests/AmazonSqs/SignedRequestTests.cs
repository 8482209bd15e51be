using System.Net;
using Amazon.SQS;
using Amazon.SimpleNotificationService;
using Amazon.SimpleNotificationService.Model;
using Trading.TestKit.Aws;
using Xunit;

namespace Trading.Integration.Tests.AmazonSqs;

/// <summary>What the clients put on the wire, checked without the SDK, and how they take what a service answers.</summary>
public sealed class SignedRequestTests
{
    private static readonly WireProtocol SqsProtocol = new("sqs", "application/x-amz-json-1.0", "AmazonSQS.");
    private static readonly WireProtocol SnsProtocol = new("sns");
    private const string QueueUrl = "https://sqs.eu-central-1.amazonaws.com/123456789012/prices";

    [Fact]
    public async Task an_sqs_request_is_json_with_a_valid_signature_and_goes_to_the_configured_endpoint()
    {
        await using var service = await ProtocolServer.StartAsync(SqsProtocol, _ => WireAnswer.Ok("{}"));
        using var sqs = Sqs(service);

        await sqs.DeleteMessageAsync(QueueUrl, "receipt");

        var request = Assert.Single(service.Requests);
        Assert.Equal("application/x-amz-json-1.0", request.Headers["Content-Type"]);
        Assert.Equal("AmazonSQS.DeleteMessage", request.Headers["X-Amz-Target"]);
        Assert.Equal($$"""{"QueueUrl":"{{QueueUrl}}","ReceiptHandle":"receipt"}""", request.Text);
        Assert.Empty(service.Refusals);
    }

    [Fact]
    public async Task an_sns_request_is_a_form_with_a_valid_signature_and_the_session_token_among_the_signed()
    {
        await using var service = await ProtocolServer.StartAsync(SnsProtocol, _ => WireAnswer.Ok(Published, "text/xml"));
        service.Keys = [AwsKey.Example with { SessionToken = "session/token+x==" }];
        using var sns = new AmazonSimpleNotificationServiceClient(AwsKey.Example.AccessKey, AwsKey.Example.SecretKey, "session/token+x==",
            new AmazonSimpleNotificationServiceConfig { ServiceURL = service.Url, AuthenticationRegion = "eu-central-1" });

        var response = await sns.PublishAsync("arn:aws:sns:eu-central-1:123456789012:prices", "é &=+%");

        var request = Assert.Single(service.Requests);
        Assert.Equal("m-1", response.MessageId);
        Assert.Contains("Action=Publish&Message=%C3%A9%20%26%3D%2B%25&TopicArn=arn%3Aaws%3Asns%3Aeu-central-1%3A123456789012%3Aprices"
            + "&Version=2010-03-31", request.Text,
            StringComparison.Ordinal);
        Assert.Equal("session/token+x==", request.Headers["X-Amz-Security-Token"]);
        Assert.Contains("x-amz-security-token", request.Headers["Authorization"], StringComparison.Ordinal);
        Assert.Empty(service.Refusals);
    }

    [Fact]
    public async Task a_throttled_request_is_tried_again()
    {
        await using var service = await ProtocolServer.StartAsync(SqsProtocol, _ => WireAnswer.Ok("""{"QueueUrl":"found"}"""));
        service.Next(WireAnswer.Error(400, "RequestThrottled", "slow down"), WireAnswer.Error(400, "RequestThrottled", "slow down"));
        using var sqs = Sqs(service);

        Assert.Equal("found", (await sqs.GetQueueUrlAsync("prices")).QueueUrl);
        Assert.Equal(3, service.Requests.Count);
    }

    [Fact]
    public async Task a_throttled_publish_is_tried_again()
    {
        await using var service = await ProtocolServer.StartAsync(SnsProtocol, _ => WireAnswer.Ok(Published, "text/xml"));
        service.Next(new WireAnswer(429, "text/xml", Error("Throttled", "Rate exceeded")));
        using var sns = Sns(service);

        Assert.Equal("m-1", (await sns.PublishAsync("arn:aws:sns:eu-central-1:123456789012:prices", "text")).MessageId);
    }

    [Fact]
    public async Task a_denied_action_is_not_tried_again_and_says_so()
    {
        await using var service = await ProtocolServer.StartAsync(SnsProtocol,
            _ => new(403, "text/xml", Error("AuthorizationError", "not authorized to perform: SNS:CreateTopic")));
        using var sns = Sns(service);

        var error = await Assert.ThrowsAsync<AuthorizationErrorException>(() => sns.CreateTopicAsync("prices"));

        Assert.Equal((HttpStatusCode.Forbidden, "AuthorizationError", "r-1"), (error.StatusCode, error.ErrorCode, error.RequestId));
        Assert.Single(service.Requests);
    }

    [Fact]
    public async Task an_answer_that_is_no_json_is_an_error_with_its_status()
    {
        await using var service = await ProtocolServer.StartAsync(SqsProtocol,
            _ => new(503, "text/html", "<html>Service Unavailable</html>"));
        using var sqs = Sqs(service);

        var error = await Assert.ThrowsAsync<AmazonSQSException>(() => sqs.GetQueueUrlAsync("prices"));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, error.StatusCode);
    }

    [Fact]
    public async Task a_body_that_was_changed_on_the_way_is_an_error()
    {
        const string SumOfAnotherText = "795f3202b17cb6bc3d4b771d8c6c9eaf";
        await using var service = await ProtocolServer.StartAsync(SqsProtocol, _ => WireAnswer.Ok(
            $$"""{"Messages":[{"MessageId":"m-1","ReceiptHandle":"r","Body":"text","MD5OfBody":"{{SumOfAnotherText}}"}]}"""));
        using var sqs = Sqs(service);

        var error = await Assert.ThrowsAsync<AmazonSQSException>(() => sqs.ReceiveMessageAsync(QueueUrl));

        Assert.Equal("MD5 hash mismatch for message id m-1", error.Message);
    }

    private const string Published =
        "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult><MessageId>m-1</MessageId></PublishResult>"
        + "<ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></PublishResponse>";

    private static string Error(string code, string message) =>
        $"<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>Sender</Type><Code>{code}"
        + $"</Code><Message>{message}</Message></Error>"
        + "<RequestId>r-1</RequestId></ErrorResponse>";

    private static AmazonSQSClient Sqs(ProtocolServer service) =>
        new(AwsKey.Example.AccessKey, AwsKey.Example.SecretKey,
            new AmazonSQSConfig { ServiceURL = service.Url, AuthenticationRegion = "eu-central-1" });

    private static AmazonSimpleNotificationServiceClient Sns(ProtocolServer service) =>
        new(AwsKey.Example.AccessKey, AwsKey.Example.SecretKey,
            new AmazonSimpleNotificationServiceConfig { ServiceURL = service.Url, AuthenticationRegion = "eu-central-1" });
}
