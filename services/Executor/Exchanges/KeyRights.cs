namespace Trading.Services.Exchanges;

/// <summary>What the key of an exchange may do.</summary>
/// <param name="Lacks">
/// What it needs and may not, with the name of that right at the exchange; null when it may place and cancel orders.
/// </param>
/// <param name="MovesMoney">
/// Whether it may withdraw or transfer, which this program never does; null where the exchange does not say.
/// </param>
/// <param name="BoundToAddress">Whether it works from listed addresses alone; null where the exchange does not say.</param>
public sealed record KeyRights(string? Lacks, bool? MovesMoney, bool? BoundToAddress);
