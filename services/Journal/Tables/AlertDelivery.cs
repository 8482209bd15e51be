namespace Trading.Journal.Tables;

/// <summary>An alert on its way to a channel.</summary>
/// <param name="Key">What it is about; the same however often it is raised.</param>
/// <param name="Channel">Where it goes.</param>
/// <param name="Payload">The alert as JSON.</param>
/// <param name="Attempts">How often it was tried, this time included.</param>
public sealed record AlertDelivery(string Key, string Channel, string Payload, int Attempts);

/// <summary>An alert that was not delivered, or for which that is unknown.</summary>
/// <param name="Key">What it is about.</param>
/// <param name="Channel">Where it should have gone.</param>
/// <param name="State">failed or unsure; waiting for one that is tried again.</param>
/// <param name="Reason">Why.</param>
/// <param name="RaisedAt">When it was raised (UTC).</param>
public sealed record UndeliveredAlert(string Key, string Channel, string State, string? Reason, DateTimeOffset RaisedAt);

/// <summary>An alert that was raised.</summary>
/// <param name="Key">What it is about.</param>
/// <param name="Payload">The alert as JSON.</param>
/// <param name="RaisedAt">When it was raised (UTC).</param>
/// <param name="State">waiting, sending, sent, failed or unsure.</param>
public sealed record RaisedAlert(string Key, string Payload, DateTimeOffset RaisedAt, string State);

/// <summary>A condition that was alerted and still holds.</summary>
/// <param name="Name">Its name, for example unprotected/BTC-USD/1700000000000.</param>
/// <param name="Since">Since when it holds, by the database's clock (UTC).</param>
/// <param name="Subject">The alert in one line.</param>
/// <param name="Text">What is wrong.</param>
public sealed record StandingAlert(string Name, DateTimeOffset Since, string Subject, string Text);
