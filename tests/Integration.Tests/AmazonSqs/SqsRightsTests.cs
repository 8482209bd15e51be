using Amazon.Runtime;
using Amazon.SQS.Model;
using Amazon.SimpleNotificationService.Model;
using MassTransit;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Integration.Tests.AmazonSqs;

/// <summary>What the bus does with fewer rights, and which it names.</summary>
[Collection(nameof(SqsTransportTest))]
public sealed class SqsRightsTests : SqsTransportTest
{
    [Fact]
    public async Task with_rights_to_use_but_not_to_create_it_runs_on_an_existing_topology()
    {
        var existing = await StartAsync(bus => Receive(bus, Queue, endpoint => endpoint.Handler<Price>(_ => Task.CompletedTask)));
        await existing.StopAsync();
        using var denied = Requests.Deny(request =>
            IsOfThisTest(request) && request is CreateQueueRequest or CreateTopicRequest or SubscribeRequest or SetQueueAttributesRequest);
        var prices = new Received<Price>();

        var bus = await StartAsync(bus => Receive(bus, Queue, endpoint => prices.HandleIn(endpoint)));
        await bus.Publish(new Price(1, "p"));

        Assert.Equal(1, (await prices.Next()).Message.Number);
        Assert.DoesNotContain(log, line => line.Contains("denied", StringComparison.Ordinal));
    }

    [Fact]
    public async Task without_the_right_to_create_what_is_missing_it_says_what_and_which_action_was_denied()
    {
        using var denied = Requests.Deny(request => IsOfThisTest(request) && request is CreateQueueRequest);
        var bus = Create(bus => Receive(bus, Queue, endpoint => endpoint.Handler<Price>(_ => Task.CompletedTask)));
        var health = new HealthChanges();
        bus.ConnectReceiveEndpointObserver(health);
        var start = bus.StartAsync();

        var error = await health.Faulted();

        Assert.Contains($"Queue {Queue} does not exist and creating it is denied (sqs:CreateQueue)",
            error.Message, StringComparison.Ordinal);
        Assert.Contains(log, line => line.Contains("sqs:CreateQueue", StringComparison.Ordinal));
        denied.Dispose();
        await start.WaitAsync(HangGuard.Limit);
        Assert.Equal(BusHealthStatus.Healthy, await bus.WaitForHealthStatus(BusHealthStatus.Healthy, HangGuard.Limit));
    }

    [Fact]
    public async Task a_missing_subscription_that_may_not_be_made_is_reported()
    {
        using var denied = Requests.Deny(request => IsOfThisTest(request) && request is SubscribeRequest);

        await StartAsync(bus => Receive(bus, Queue, endpoint => endpoint.Handler<Price>(_ => Task.CompletedTask)));

        Assert.Contains(log, line => line.Contains(
            $"Queue {Queue} is not subscribed to topic {name}_Trading_Integration_Tests_AmazonSqs-Price", StringComparison.Ordinal)
            && line.Contains("sns:Subscribe", StringComparison.Ordinal));
    }

    private bool IsOfThisTest(AmazonWebServiceRequest request) => request switch
    {
        CreateQueueRequest create => create.QueueName.StartsWith(name + "-", StringComparison.Ordinal),
        CreateTopicRequest create => create.Name.StartsWith(name + "_", StringComparison.Ordinal),
        SubscribeRequest subscribe => subscribe.Endpoint.EndsWith(":" + Queue, StringComparison.Ordinal),
        SetQueueAttributesRequest set => set.QueueUrl.EndsWith("/" + Queue, StringComparison.Ordinal),
        _ => false,
    };
}
