using Trading.Hosting.Settings;

namespace Trading.Hosting.Alerts;

/// <summary>A channel that delivers alerts to people.</summary>
public interface IAlertChannel
{
    /// <summary>Name in records and logs, the same after a restart.</summary>
    string Channel { get; }

    /// <summary>Sends an alert, once.</summary>
    /// <exception cref="AlertException">It was not sent, or that is unknown.</exception>
    Task SendAsync(TradeAlert alert, CancellationToken cancellation);
}

/// <summary>An alert was not sent, or that is unknown.</summary>
/// <param name="message">The reason, in one line and without any secret.</param>
/// <param name="outcome">Whether it may have been delivered.</param>
public sealed class AlertException(string message, AlertOutcome outcome) : Exception(message)
{
    /// <summary>Whether it may have been delivered.</summary>
    public AlertOutcome Outcome { get; } = outcome;
}

/// <summary>What is known about an alert that failed.</summary>
public enum AlertOutcome
{
    /// <summary>It was certainly not delivered: it may be tried again.</summary>
    NotSent,

    /// <summary>It may have been delivered: it is not sent again.</summary>
    Unsure,
}


/// <summary>
/// Makes the channels of one name. A new kind of channel is one new file here, with its maker, and one line in
/// <see cref="TradingSettings.KnownAlerts"/>.
/// </summary>
public interface IAlertMaker : INamed
{
    /// <summary>The channels that the settings ask for.</summary>
    IEnumerable<Func<IServiceProvider, IAlertChannel>> Channels(TradingSettings settings);
}
