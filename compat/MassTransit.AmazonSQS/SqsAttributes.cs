using System.Globalization;

namespace MassTransit.AmazonSqsTransport;

/// <summary>Attributes of queues, topics and subscriptions as they are configured.</summary>
internal static class SqsAttributes
{
    /// <summary>Attributes as the services take them; null for none.</summary>
    internal static Dictionary<string, string>? Texts(IDictionary<string, object> attributes) => attributes.Count == 0
        ? null
        : attributes.ToDictionary(attribute => attribute.Key, attribute => attribute.Value switch
        {
            bool flag => flag ? "true" : "false",
            var value => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
        });
}
