namespace Trading.Core;

/// <summary>A difference between exchange and journal.</summary>
public interface IExternalFinding : IExternalEvent
{
    /// <summary>
    /// What differs, the same each time it is found, see <see cref="DifferenceKey"/>: order/, fill/ or balance/ and the exchange's id or
    /// the asset; doubt/ and the trade.
    /// </summary>
    string Key();

    /// <summary>When it was found (UTC).</summary>
    DateTimeOffset At { get; }

    /// <summary>What the journal expects: units of the order, the fill or the balance.</summary>
    decimal ExpectedUnits();

    /// <summary>What the exchange has.</summary>
    decimal ObservedUnits();
}
