using MassTransit.Transports;
using SnsAttribute = Amazon.SimpleNotificationService.Model.MessageAttributeValue;
using SqsAttribute = Amazon.SQS.Model.MessageAttributeValue;

namespace MassTransit.AmazonSqsTransport;

/// <summary>
/// Turns headers into message attributes of type String; a value that is no text, number, date or the like has no attribute.
/// </summary>
internal static class SqsHeaders
{
    internal static TransportSetHeaderAdapter<SqsAttribute> ForQueue(AllowTransportHeader? allow) =>
        new(new Converter<SqsAttribute>(allow, text => new SqsAttribute { DataType = "String", StringValue = text }),
            TransportHeaderOptions.IncludeFaultMessage);

    internal static TransportSetHeaderAdapter<SnsAttribute> ForTopic(AllowTransportHeader? allow) =>
        new(new Converter<SnsAttribute>(allow, text => new SnsAttribute { DataType = "String", StringValue = text }),
            TransportHeaderOptions.IncludeFaultMessage);

    // SNS and SQS refuse a message with other characters, or with an empty attribute.
    private static string Allowed(string text) => text.All(IsAllowed) ? text : string.Create(text.Length, text, (allowed, given) =>
    {
        for (var i = 0; i < allowed.Length; i++)
            allowed[i] = IsAllowed(given[i]) ? given[i] : '\uFFFD';
    });

    private static bool IsAllowed(char c) => c is '\t' or '\n' or '\r' or (>= ' ' and <= '\uFFFD');

    private sealed class Converter<TAttribute>(AllowTransportHeader? allow, Func<string, TAttribute> create)
        : IHeaderValueConverter<TAttribute>
    {
        public bool TryConvert(HeaderValue headerValue, out HeaderValue<TAttribute> result)
        {
            result = default;
            return headerValue.IsStringValue(out var text) && TryCreate(text, out result);
        }

        public bool TryConvert<T>(HeaderValue<T> headerValue, out HeaderValue<TAttribute> result)
        {
            result = default;
            return headerValue.IsStringValue(out var text) && TryCreate(text, out result);
        }

        private bool TryCreate(HeaderValue<string> text, out HeaderValue<TAttribute> result)
        {
            var isWanted = !string.IsNullOrEmpty(text.Value) && (allow is null || allow(text));
            result = isWanted ? new HeaderValue<TAttribute>(text.Key, create(Allowed(text.Value))) : default;
            return isWanted;
        }
    }
}
