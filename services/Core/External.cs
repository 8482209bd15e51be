using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Trading.Contracts;

namespace Trading.Core;

// What an exchange says about the account and the journal does not: part of the stream account-{name}. While it has not been looked at, the account is not active.

/// <summary>An event of an account that tells what was seen on the exchange, or what an operator said to it.</summary>
public interface IExternalEvent : IAccountEvent;

/// <summary>A difference between exchange and journal.</summary>
public interface IExternalFinding : IExternalEvent
{
    /// <summary>What differs, the same each time it is found: order/, fill/ or balance/ and the exchange's id or the asset.</summary>
    string Key();

    /// <summary>What the journal expects: units of the order, the fill or the balance.</summary>
    decimal ExpectedUnits();

    /// <summary>What the exchange has.</summary>
    decimal ObservedUnits();
}

/// <summary>A program that trades this account on an exchange has started and compares the two; until that has passed the account may not trade.</summary>
public sealed record ReconciliationBegan(string Exchange, DateTimeOffset At) : IExternalEvent;

/// <summary>Exchange and journal agree, or an operator has accepted the difference: the account may trade.</summary>
public sealed record ReconciliationPassed(string Exchange, DateTimeOffset At) : IExternalEvent;

/// <summary>An open order on the exchange that is not one of this account's.</summary>
/// <param name="ExchangeOrderId">The exchange's order id.</param>
/// <param name="ClientOrderId">The id that whoever placed it chose; null when there is none.</param>
/// <param name="Symbol">What it trades, as this system calls it.</param>
/// <param name="Side">Buy or sell.</param>
/// <param name="Quantity">Units of the base currency.</param>
/// <param name="Price">Its limit; 0 when it has none.</param>
/// <param name="At">When it was found (UTC).</param>
public sealed record ExternalOrderFound(
    string ExchangeOrderId, string? ClientOrderId, string Symbol, TradeAction Side, decimal Quantity, decimal Price, DateTimeOffset At) : IExternalFinding
{
    /// <inheritdoc/>
    public string Key() => $"order/{ExchangeOrderId}";

    /// <inheritdoc/>
    public decimal ExpectedUnits() => 0;

    /// <inheritdoc/>
    public decimal ObservedUnits() => Quantity;
}

/// <summary>A fill on the exchange that the journal does not hold.</summary>
/// <param name="ExchangeOrderId">The exchange's order id.</param>
/// <param name="ExchangeTradeId">The exchange's id of the fill.</param>
/// <param name="ClientOrderId">The order id that whoever placed it chose; null when the exchange does not tell it.</param>
/// <param name="Symbol">What was traded, as this system calls it.</param>
/// <param name="Side">Buy or sell.</param>
/// <param name="Quantity">Units of the base currency.</param>
/// <param name="Price">Price of a unit in the quote currency.</param>
/// <param name="Fee">Fee in units of <paramref name="FeeAsset"/>.</param>
/// <param name="FeeAsset">What the fee was paid in.</param>
/// <param name="FilledAt">When it was filled, by the exchange's clock (UTC).</param>
/// <param name="At">When it was found (UTC).</param>
public sealed record ExternalFillFound(
    string ExchangeOrderId, string ExchangeTradeId, string? ClientOrderId, string Symbol, TradeAction Side, decimal Quantity, decimal Price, decimal Fee,
    string FeeAsset, DateTimeOffset FilledAt, DateTimeOffset At) : IExternalFinding
{
    /// <inheritdoc/>
    public string Key() => $"fill/{Symbol}/{ExchangeTradeId}";

    /// <inheritdoc/>
    public decimal ExpectedUnits() => 0;

    /// <inheritdoc/>
    public decimal ObservedUnits() => Quantity;
}

/// <summary>A balance on the exchange that is not the account's together with what was accepted before.</summary>
/// <param name="Asset">The currency, as the exchange calls it.</param>
/// <param name="Expected">Units that the exchange should hold, those in open orders included.</param>
/// <param name="Observed">Units that it holds.</param>
/// <param name="At">When it was found (UTC).</param>
public sealed record ExternalBalanceFound(string Asset, decimal Expected, decimal Observed, DateTimeOffset At) : IExternalFinding
{
    /// <inheritdoc/>
    public string Key() => $"balance/{Asset}";

    /// <inheritdoc/>
    public decimal ExpectedUnits() => Expected;

    /// <inheritdoc/>
    public decimal ObservedUnits() => Observed;
}

/// <summary>A difference is no more: the order is gone, or the balance is what it should be.</summary>
public sealed record ExternalDifferenceEnded(string Key, DateTimeOffset At) : IExternalEvent;

/// <summary>An operator takes the open differences as they are: foreign orders and fills stay foreign, and balances are expected to stay apart by as much.</summary>
public sealed record ExternalDifferencesAccepted(string By, string Reason, DateTimeOffset At) : IExternalEvent;

/// <summary>A program that may trade with real money has started: what it would trade, for the operator to read before confirming.</summary>
/// <param name="Configuration">Names exchange, account, symbols and largest order: what a confirmation holds for.</param>
/// <param name="Report">Account, balances, limits and what will be traded, as lines of text.</param>
/// <param name="At">When (UTC).</param>
public sealed record RealTradingAnnounced(string Configuration, string Report, DateTimeOffset At) : IExternalEvent;

/// <summary>An operator allows the first real order of a configuration.</summary>
public sealed record RealTradingConfirmed(string Configuration, string By, string Reason, DateTimeOffset At) : IExternalEvent;

/// <summary>What the exchange takes in orders of a product, at first and whenever it is another: decisions from then on are made within it.</summary>
public sealed record ProductRulesSeen(string Exchange, ProductFilters Product, DateTimeOffset At) : IExternalEvent;

/// <summary>Note what the exchange takes in orders of a product.</summary>
public sealed record NoteProductRules(string Exchange, ProductFilters Product, DateTimeOffset At) : IAccountCommand;

/// <summary>Compare with an exchange before trading on it.</summary>
public sealed record BeginReconciliation(string Exchange, DateTimeOffset At) : IAccountCommand;

/// <summary>Take what a whole comparison found; what was found before and is not among it has ended, fills apart.</summary>
/// <param name="Exchange">The exchange.</param>
/// <param name="Findings">All that differs now.</param>
/// <param name="At">When (UTC).</param>
/// <param name="Compared">What was compared: order, fill, balance; what was not is left as it is.</param>
public sealed record Reconcile(string Exchange, IReadOnlyList<IExternalFinding> Findings, DateTimeOffset At, IReadOnlyList<string> Compared) : IAccountCommand
{
    /// <summary>Everything that can be compared.</summary>
    public static IReadOnlyList<string> Everything { get; } = ["order", "fill", "balance"];
}

/// <summary>Take the open differences as they are.</summary>
public sealed record AcceptDifferences(string By, string Reason, DateTimeOffset At) : IAccountCommand;

/// <summary>Tell what would be traded with real money.</summary>
public sealed record AnnounceRealTrading(string Configuration, string Report, DateTimeOffset At) : IAccountCommand;

/// <summary>Allow the first real order of the configuration that was announced last.</summary>
public sealed record ConfirmRealTrading(string By, string Reason, DateTimeOffset At) : IAccountCommand;

/// <summary>An open difference between exchange and journal.</summary>
/// <param name="Expected">Units that the journal expects.</param>
/// <param name="Observed">Units that the exchange has.</param>
/// <param name="At">When it was found (UTC).</param>
public sealed record ExternalDifference(decimal Expected, decimal Observed, DateTimeOffset At);

/// <summary>What an account knows of its exchange.</summary>
/// <param name="Exchange">The exchange; empty before one was compared with.</param>
/// <param name="Pending">Whether a comparison has begun and not passed.</param>
/// <param name="Differences">Open differences by key.</param>
/// <param name="AcceptedBalances">Units by which the exchange's balance of an asset is known to be above the account's.</param>
/// <param name="Accepted">Foreign orders and fills that an operator knows of, with when each was accepted.</param>
/// <param name="Announced">The configuration that was announced last.</param>
/// <param name="Confirmed">The configuration that an operator confirmed last.</param>
/// <param name="Products">What the exchange takes in orders of each product, by symbol; null before anything was told.</param>
public sealed record ExternalState(
    string Exchange,
    bool Pending,
    ImmutableSortedDictionary<string, ExternalDifference> Differences,
    ImmutableSortedDictionary<string, decimal> AcceptedBalances,
    ImmutableSortedDictionary<string, DateTimeOffset> Accepted,
    string? Announced,
    string? Confirmed,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ImmutableSortedDictionary<string, ProductFilters>? Products = null)
{
    /// <summary>An account that no exchange was compared with.</summary>
    public static readonly ExternalState None = new(
        "", false, ImmutableSortedDictionary<string, ExternalDifference>.Empty, ImmutableSortedDictionary<string, decimal>.Empty,
        ImmutableSortedDictionary<string, DateTimeOffset>.Empty, null, null);

    /// <summary>Longer than any comparison looks back: an accepted order or fill is forgotten after it.</summary>
    public static readonly TimeSpan AcceptedFor = TimeSpan.FromDays(7);

    /// <summary>What a command does; null when it is none of these.</summary>
    /// <exception cref="InvalidOperationException">There is nothing to confirm.</exception>
    public IReadOnlyList<IAccountEvent>? Decide(IAccountCommand command) => command switch
    {
        BeginReconciliation begin => Pending && Exchange == begin.Exchange ? [] : [new ReconciliationBegan(begin.Exchange, begin.At)],
        Reconcile reconcile => Compared(reconcile),
        NoteProductRules note => note.Exchange == Exchange && Products?.GetValueOrDefault(note.Product.Symbol)?.IsSame(note.Product) == true ? [] : [new ProductRulesSeen(note.Exchange, note.Product, note.At)],
        AcceptDifferences accept => Differences.Count == 0 && !Pending ? []
            : [new ExternalDifferencesAccepted(accept.By, accept.Reason, accept.At), .. Pending ? [new ReconciliationPassed(Exchange, accept.At)] : Array.Empty<IAccountEvent>()],
        AnnounceRealTrading announce => [new RealTradingAnnounced(announce.Configuration, announce.Report, announce.At)],
        ConfirmRealTrading confirm => Announced is null
            ? throw new InvalidOperationException("No program that would trade with real money has started on this account: there is nothing to confirm.")
            : Confirmed == Announced ? [] : [new RealTradingConfirmed(Announced, confirm.By, confirm.Reason, confirm.At)],
        _ => null,
    };

    /// <summary>The state after an event.</summary>
    public ExternalState Evolve(IExternalEvent happened) => happened switch
    {
        // Another exchange has rules of its own.
        ReconciliationBegan began => this with { Exchange = began.Exchange, Pending = true, Products = began.Exchange == Exchange ? Products : null },
        ProductRulesSeen seen => this with { Products = (Products ?? ImmutableSortedDictionary<string, ProductFilters>.Empty).SetItem(seen.Product.Symbol, seen.Product) },
        ReconciliationPassed passed => this with { Exchange = passed.Exchange, Pending = false },
        IExternalFinding found => this with { Differences = Differences.SetItem(found.Key(), new(found.ExpectedUnits(), found.ObservedUnits(), FoundAt(found))) },
        ExternalDifferenceEnded ended => this with { Differences = Differences.Remove(ended.Key) },
        ExternalDifferencesAccepted accepted => Accept(accepted),
        RealTradingAnnounced announced => this with { Announced = announced.Configuration },
        RealTradingConfirmed confirmed => this with { Confirmed = confirmed.Configuration },
        _ => throw new InvalidOperationException($"Unknown external event {happened.GetType().Name}."),
    };

    private List<IAccountEvent> Compared(Reconcile reconcile)
    {
        var found = reconcile.Findings.Where(finding => !Accepted.ContainsKey(finding.Key())).ToList();
        var keys = found.Select(finding => finding.Key()).ToHashSet();
        var ended = Differences.Keys.Where(key => !key.StartsWith("fill/", StringComparison.Ordinal) && reconcile.Compared.Contains(key.Split('/')[0]) && !keys.Contains(key)).ToList();
        var fresh = found.Where(finding => Differences.GetValueOrDefault(finding.Key()) is not { } open || open.Observed != finding.ObservedUnits() || open.Expected != finding.ExpectedUnits()).ToList();
        List<IAccountEvent> events = [.. fresh, .. ended.Select(key => new ExternalDifferenceEnded(key, reconcile.At))];
        var left = Differences.Keys.Except(ended).Union(keys);
        if (Pending && !left.Any() && Reconcile.Everything.All(reconcile.Compared.Contains))
            events.Add(new ReconciliationPassed(reconcile.Exchange, reconcile.At));
        return events;
    }

    private ExternalState Accept(ExternalDifferencesAccepted accepted)
    {
        var balances = AcceptedBalances;
        var known = Accepted.RemoveRange(Accepted.Where(entry => accepted.At - entry.Value > AcceptedFor).Select(entry => entry.Key));
        foreach (var (key, difference) in Differences)
        {
            if (key.StartsWith("balance/", StringComparison.Ordinal))
                balances = balances.SetItem(key["balance/".Length..], balances.GetValueOrDefault(key["balance/".Length..]) + difference.Observed - difference.Expected);
            else
                known = known.SetItem(key, accepted.At);
        }
        return this with { Differences = Differences.Clear(), AcceptedBalances = balances, Accepted = known };
    }

    private static DateTimeOffset FoundAt(IExternalFinding finding) => finding switch
    {
        ExternalOrderFound order => order.At,
        ExternalFillFound fill => fill.At,
        ExternalBalanceFound balance => balance.At,
        _ => default,
    };
}
