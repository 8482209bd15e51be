using Trading.Aws;
using Trading.Hosting.Settings;

namespace Trading.Hosting.Alerts;

/// <summary>Alerts on an SNS topic, with attributes for its subscribers' filters.</summary>
public sealed class SnsAlerts(AlertTopic topic) : IAlertChannel, IDisposable
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

/// <summary>Makes the channel to SNS.</summary>
internal sealed class SnsAlertsMaker : IAlertMaker
{
    /// <inheritdoc/>
    public string Name => "sns";

    /// <inheritdoc/>
    public IEnumerable<Func<IServiceProvider, IAlertChannel>> Channels(TradingSettings settings) =>
        [_ => new SnsAlerts(new(settings.AwsRegion, settings.AwsServiceUrl, settings.AlertTopic ?? $"{settings.Scope}-trade-alerts",
            TimeSpan.FromSeconds(settings.AlertTimeoutSeconds)))];
}
