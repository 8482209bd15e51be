using Amazon.SQS;
using Amazon.SimpleNotificationService;
using MassTransit;

namespace Trading.Aws;

/// <summary>Where SNS and SQS are.</summary>
/// <param name="Region">Region, for example eu-central-1.</param>
/// <param name="ServiceUrl">Another endpoint that speaks both protocols; AWS's own when null.</param>
/// <param name="Scope">Prefix of all topic and queue names, so that several systems share an account; none when empty.</param>
public sealed record AmazonSqsOptions(string Region, string? ServiceUrl, string Scope);

/// <summary>
/// The transport over SNS and SQS. Credentials come from the SDK's chain: environment, profile, web identity, container, instance.
/// </summary>
public static class AmazonSqs
{
    /// <summary>Carries the bus over SNS and SQS.</summary>
    /// <param name="bus">The bus.</param>
    /// <param name="options">Where it runs.</param>
    /// <param name="configure">What every transport is configured with.</param>
    public static void UseAmazonSqs(
        this IBusRegistrationConfigurator bus, AmazonSqsOptions options,
        Action<IBusRegistrationContext, IBusFactoryConfigurator> configure) =>
        bus.UsingAmazonSqs((context, transport) =>
        {
            transport.Host(options.Region, host =>
            {
                if (options.Scope.Length > 0)
                    host.Scope(options.Scope, scopeTopics: true);
                if (options.ServiceUrl is not { } url)
                    return;
                host.Config(new AmazonSQSConfig { ServiceURL = url, AuthenticationRegion = options.Region });
                host.Config(new AmazonSimpleNotificationServiceConfig { ServiceURL = url, AuthenticationRegion = options.Region });
            });
            configure(context, transport);
            transport.ConfigureEndpoints(context,
                options.Scope.Length > 0 ? new KebabCaseEndpointNameFormatter(options.Scope, false) : null);
        });
}
