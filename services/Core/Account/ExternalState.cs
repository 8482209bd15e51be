using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Trading.Core;

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
/// <param name="Products">What the exchange takes in orders of each product, by symbol; null before any was reported.</param>
/// <param name="ClockAheadSeconds">How far this machine's clock is ahead of the exchange's, where too far; else null.</param>
/// <param name="Adopted">Orders of others that an operator made the account's, by the exchange's id; null for none.</param>
public sealed record ExternalState(
    string Exchange,
    bool Pending,
    ImmutableSortedDictionary<string, ExternalDifference> Differences,
    ImmutableSortedDictionary<string, decimal> AcceptedBalances,
    ImmutableSortedDictionary<string, DateTimeOffset> Accepted,
    string? Announced,
    string? Confirmed,
    [property: JsonIgnore(
        Condition = JsonIgnoreCondition.WhenWritingNull)] ImmutableSortedDictionary<string, ProductFilters>? Products = null,
    [property: JsonIgnore(
        Condition = JsonIgnoreCondition.WhenWritingNull)] ImmutableSortedDictionary<string, DateTimeOffset>? Adopted = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] decimal? ClockAheadSeconds = null)
{
    /// <summary>An account that no exchange was compared with.</summary>
    public static readonly ExternalState None = new(
        "", false, ImmutableSortedDictionary<string, ExternalDifference>.Empty, ImmutableSortedDictionary<string, decimal>.Empty,
        ImmutableSortedDictionary<string, DateTimeOffset>.Empty, null, null);

    /// <summary>Longer than any comparison reaches back: an accepted order or fill is forgotten after it.</summary>
    public static readonly TimeSpan AcceptedFor = TimeSpan.FromDays(7);

    /// <summary>What a command does; null for a command that is not about the exchange.</summary>
    /// <exception cref="InvalidOperationException">There is nothing to confirm.</exception>
    public IReadOnlyList<IAccountEvent>? Decide(IAccountCommand command) => command switch
    {
        BeginReconciliation begin => Pending && Exchange == begin.Exchange ? [] : [new ReconciliationBegan(begin.Exchange, begin.At)],
        Reconcile reconcile => Compared(reconcile),
        NoteProductRules note => note.Exchange == Exchange && Products?.GetValueOrDefault(note.Product.Symbol)?.IsSame(note.Product) == true
            ? [] : [new ProductRulesSeen(note.Exchange, note.Product, note.At)],
        AcceptDifferences accept => Differences.Count == 0 && !Pending ? []
            : [new ExternalDifferencesAccepted(accept.By, accept.Reason, accept.At),
                .. Pending ? [new ReconciliationPassed(Exchange, accept.At)] : Array.Empty<IAccountEvent>()],
        AdoptOrder adopt => Adopted?.ContainsKey(adopt.ExchangeOrderId) == true ? []
            : !Differences.ContainsKey(DifferenceKey.OfOrder(adopt.ExchangeOrderId))
            ? throw new InvalidOperationException($"No open order {adopt.ExchangeOrderId} that is not the account's was found.")
            : [new ExternalOrderAdopted(adopt.ExchangeOrderId, adopt.By, adopt.Reason, adopt.At)],
        DoubtFill { Found: var doubt } => Differences.ContainsKey(doubt.Key()) ? []
            : [doubt, new TradingHalted("executor", $"{Exchange} reports what cannot be true: {doubt.Reason}", doubt.At)],
        NoteClock note => Math.Abs(note.AheadSeconds) > NoteClock.MostSeconds
            ? ClockAheadSeconds is { } known && Math.Abs(known - note.AheadSeconds) <= NoteClock.MostSeconds ? []
                : [new ExchangeClockOff(note.Exchange, note.AheadSeconds, note.At)]
            : ClockAheadSeconds is null ? [] : [new ExchangeClockOff(note.Exchange, 0, note.At)],
        AnnounceRealTrading announce => [new RealTradingAnnounced(announce.Configuration, announce.Report, announce.At)],
        ConfirmRealTrading confirm => Announced is null
            ? throw new InvalidOperationException(
                "No program that would trade with real money has started on this account: there is nothing to confirm.")
            : Confirmed == Announced ? [] : [new RealTradingConfirmed(Announced, confirm.By, confirm.Reason, confirm.At)],
        _ => null,
    };

    /// <summary>The state after an event.</summary>
    public ExternalState Evolve(IExternalEvent happened) => happened switch
    {
        // Another exchange has rules of its own.
        ReconciliationBegan began =>
            this with { Exchange = began.Exchange, Pending = true, Products = began.Exchange == Exchange ? Products : null },
        ProductRulesSeen seen => this with
        {
            Products = (Products ?? ImmutableSortedDictionary<string, ProductFilters>.Empty).SetItem(seen.Product.Symbol, seen.Product)
        },
        ReconciliationPassed passed => this with { Exchange = passed.Exchange, Pending = false },
        IExternalFinding found =>
            this with { Differences = Differences.SetItem(found.Key(), new(found.ExpectedUnits(), found.ObservedUnits(), found.At)) },
        ExternalDifferenceEnded ended => this with
        {
            Differences = Differences.Remove(ended.Key),
            // It may be listed once more by a comparison that reaches back behind it.
            Accepted = ended.Explanation is not null && DifferenceKey.IsFill(ended.Key)
                ? Accepted.SetItem(ended.Key, ended.At) : Accepted,
        },
        ExternalOrderAdopted adopted => this with
        {
            Differences = Differences.Remove(DifferenceKey.OfOrder(adopted.ExchangeOrderId)),
            Accepted = Accepted.SetItem(DifferenceKey.OfOrder(adopted.ExchangeOrderId), adopted.At),
            Adopted = (Adopted ?? ImmutableSortedDictionary<string, DateTimeOffset>.Empty).SetItem(adopted.ExchangeOrderId, adopted.At),
        },
        ExternalDifferencesAccepted accepted => Accept(accepted),
        ExchangeClockOff off => this with { ClockAheadSeconds = off.AheadSeconds == 0 ? null : off.AheadSeconds },
        RealTradingAnnounced announced => this with { Announced = announced.Configuration },
        RealTradingConfirmed confirmed => this with { Confirmed = confirmed.Configuration },
        _ => throw new InvalidOperationException($"Unknown external event {happened.GetType().Name}."),
    };

    private List<IAccountEvent> Compared(Reconcile reconcile)
    {
        var found = reconcile.Findings.Where(finding => !Accepted.ContainsKey(finding.Key())).ToList();
        var keys = found.Select(finding => finding.Key()).ToHashSet();
        // A fill is looked for once: it stays a difference until something explains it.
        var ended = Differences.Keys.Where(key => reconcile.Explained?.ContainsKey(key) == true
            || (!DifferenceKey.IsFill(key)
                && reconcile.Compared.Contains(DifferenceKey.Kind(key)) && !keys.Contains(key))).ToList();
        var fresh = found.Where(finding => Differences.GetValueOrDefault(finding.Key()) is not { } open
            || open.Observed != finding.ObservedUnits() || open.Expected != finding.ExpectedUnits()).ToList();
        List<IAccountEvent> events = [.. fresh,
            .. ended.Select(key => new ExternalDifferenceEnded(key, reconcile.At, reconcile.Explained?.GetValueOrDefault(key)))];
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
            if (DifferenceKey.Asset(key) is { } asset)
                balances = balances.SetItem(asset, balances.GetValueOrDefault(asset) + difference.Observed - difference.Expected);
            else
                known = known.SetItem(key, accepted.At);
        }
        return this with { Differences = Differences.Clear(), AcceptedBalances = balances, Accepted = known };
    }
}
