namespace Trading.Services.Exchanges;

/// <summary>What the key of an exchange may do.</summary>
/// <param name="Trades">Whether it may place and cancel orders.</param>
/// <param name="MovesMoney">Whether it may withdraw or transfer, which this program never does.</param>
/// <param name="BoundToAddress">Whether it works from listed addresses alone; null where the exchange does not say.</param>
public sealed record KeyRights(bool Trades, bool MovesMoney, bool? BoundToAddress);
