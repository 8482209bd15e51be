using Microsoft.Extensions.Logging;
using Trading.Aws;

namespace Trading.Hosting;

/// <summary>A way by which people are told.</summary>
public interface ITradeAlerts
{
    /// <summary>Name in records and logs, the same after a restart.</summary>
    string Channel { get; }

    /// <summary>Sends an alert, once.</summary>
    /// <exception cref="AlertException">It was not sent, or nobody can say.</exception>
    Task SendAsync(TradeAlert alert, CancellationToken cancellation);
}

/// <summary>An alert was not sent, or nobody can say.</summary>
/// <param name="message">Why, in one line and without any secret.</param>
/// <param name="outcome">What is known.</param>
public sealed class AlertException(string message, AlertOutcome outcome) : Exception(message)
{
    /// <summary>What is known.</summary>
    public AlertOutcome Outcome { get; } = outcome;
}

/// <summary>What is known of an alert that was not sent.</summary>
public enum AlertOutcome
{
    /// <summary>It was certainly not delivered: it may be tried again.</summary>
    NotSent,

    /// <summary>Nobody can say: it is not sent again.</summary>
    Unsure,
}

/// <summary>Alerts as lines of the log: trades as information, everything else as warnings.</summary>
public sealed class LogAlerts(ILogger<LogAlerts> log) : ITradeAlerts
{
    /// <inheritdoc/>
    public string Channel => "log";

    /// <inheritdoc/>
    public Task SendAsync(TradeAlert alert, CancellationToken cancellation)
    {
        log.Log(alert.Kind == AlertKind.Trade ? LogLevel.Information : LogLevel.Warning, "{Subject}: {Text}", alert.Subject, alert.Text.ReplaceLineEndings(", "));
        return Task.CompletedTask;
    }
}

/// <summary>Alerts on an SNS topic, with attributes for its subscribers' filters.</summary>
public sealed class SnsAlerts(AlertTopic topic) : ITradeAlerts, IDisposable
{
    /// <inheritdoc/>
    public string Channel => "sns";

    /// <inheritdoc/>
    public async Task SendAsync(TradeAlert alert, CancellationToken cancellation)
    {
        try
        {
            await topic.PublishAsync(alert.Subject, alert.Text, alert.Attributes, cancellation);
        }
        catch (AlertTopicException refused)
        {
            throw new AlertException(refused.Message, refused.Sent == false ? AlertOutcome.NotSent : AlertOutcome.Unsure);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => topic.Dispose();
}
