using System.Text.Json;
using MassTransit;
using Trading.Core;
using Trading.Hosting.Telemetry;

namespace Trading.Hosting.Messaging;

/// <summary>A message that no retry can help: its values are impossible, or it refers to something that does not exist.</summary>
public sealed class ImpossibleMessageException(string message) : Exception(message);

/// <summary>Refuses a message with impossible values before it is used, also by the data's clock.</summary>
public sealed class PlausibilityFilter<T>(TradingMetrics metrics) : IFilter<ConsumeContext<T>>
    where T : class
{
    /// <inheritdoc/>
    /// <exception cref="ImpossibleMessageException">A value of the message is impossible.</exception>
    public Task Send(ConsumeContext<T> context, IPipe<ConsumeContext<T>> next)
    {
        if ((Plausibility.Violation(context.Message) ?? Unstorable(context.ReceiveContext.GetBody())) is not { } violation)
            return next.Send(context);
        metrics.Refused(typeof(T).Name, "implausible");
        throw new ImpossibleMessageException($"{typeof(T).Name}: {violation}");
    }

    /// <inheritdoc/>
    public void Probe(ProbeContext context) => context.CreateFilterScope("plausibility");

    // PostgreSQL has no place for the character 0 in a text, and no service of this system writes one.
    private static string? Unstorable(ReadOnlySpan<byte> body)
    {
        if (body.IndexOf("\\u0000"u8) < 0)
            return null;
        var reader = new Utf8JsonReader(body);
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName
                && reader.GetString()!.Contains('\0', StringComparison.Ordinal))
                return "a text of it holds the character 0";
        }
        return null;
    }
}
