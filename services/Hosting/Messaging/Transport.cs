using System.Text.Json;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Trading.Aws;
using Trading.Hosting.Settings;

namespace Trading.Hosting.Messaging;

/// <summary>The transport of messages: in memory or Amazon SQS.</summary>
internal static class Transport
{
    /// <summary>Configures the bus for the transport that the settings name.</summary>
    public static void UseTransport(this IBusRegistrationConfigurator bus, TradingSettings settings)
    {
        // A filter keeps nothing of a message. Without these lines the bus makes a new one for each.
        foreach (var filter in (Type[])[typeof(SigningFilter<>), typeof(VerifyingFilter<>), typeof(PlausibilityFilter<>),
            typeof(BeliefFilter<>), typeof(DataClockFilter<>)])
            bus.AddSingleton(filter);
        if (settings.Transport == TransportKind.AmazonSqs)
            bus.UseAmazonSqs(new(settings.AwsRegion, settings.AwsServiceUrl, settings.Scope), Configure);
        else
        {
            bus.UsingInMemory((context, transport) =>
            {
                Configure(context, transport);
                transport.ConfigureEndpoints(context);
            });
        }

        void Configure(IBusRegistrationContext context, IBusFactoryConfigurator transport)
        {
            // MassTransit indents its messages and allows comments in them: more bytes to send, and slower to read.
            transport.ConfigureJsonSerializerOptions(json =>
            {
                (json.WriteIndented, json.ReadCommentHandling) = (false, JsonCommentHandling.Disallow);
                return json;
            });
            // First: nothing of a message is looked at before its sender is known.
            if (settings.MessageKeySecret is not null)
            {
                transport.UsePublishFilter(typeof(SigningFilter<>), context);
                transport.UseConsumeFilter(typeof(VerifyingFilter<>), context);
            }
            transport.UseConsumeFilter(typeof(PlausibilityFilter<>), context);
            transport.UseConsumeFilter(typeof(BeliefFilter<>), context);
            // In a recorded run each process takes the time from the messages.
            if (settings.Feed.IsPlayed())
                transport.UseConsumeFilter(typeof(DataClockFilter<>), context);
        }
    }
}
