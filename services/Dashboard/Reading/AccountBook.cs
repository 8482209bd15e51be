using System.Globalization;
using System.Text.Json.Serialization;
using Trading.Core;
using Trading.Hosting.Control;
using Trading.Hosting.Settings;

namespace Trading.Dashboard.Reading;

/// <summary>Something that a person, or a limit, did to the account.</summary>
/// <param name="Sequence">Its place in the journal.</param>
/// <param name="What">What was done, for example halted.</param>
/// <param name="By">Who did it.</param>
/// <param name="Reason">Why.</param>
/// <param name="At">When (UTC).</param>
public sealed record AccountAct(long Sequence, string What, string By, string Reason, DateTimeOffset At);

/// <summary>Limits that were put in force.</summary>
/// <param name="Version">Their version.</param>
/// <param name="By">Who set them.</param>
/// <param name="Reason">Why.</param>
/// <param name="At">When (UTC).</param>
/// <param name="Changes">What changed; empty for the first.</param>
public sealed record LimitsVersion(int Version, string By, string Reason, DateTimeOffset At, IReadOnlyList<LimitChange> Changes);

/// <summary>The account and who did what to it, folded from its events.</summary>
/// <param name="name">Name of the account.</param>
public sealed class AccountBook(string name)
{
    private const int MostActs = 2000;

    [JsonInclude]
    private List<AccountAct> ActList { get; set; } = [];

    [JsonInclude]
    private List<LimitsVersion> LimitList { get; set; } = [];

    /// <summary>Its name.</summary>
    public string Name { get; } = name;

    /// <summary>The account; null before it was opened.</summary>
    [JsonInclude]
    public Portfolio? State { get; private set; }

    /// <summary>The last event that changed whether it may trade; null for none.</summary>
    [JsonInclude]
    public IAccountEvent? LastStateChange { get; private set; }

    /// <summary>What was done to it, oldest first.</summary>
    [JsonIgnore]
    public IReadOnlyList<AccountAct> Acts => ActList;

    /// <summary>The versions of its limits, oldest first.</summary>
    [JsonIgnore]
    public IReadOnlyList<LimitsVersion> Limits => LimitList;

    /// <summary>Its stream.</summary>
    [JsonIgnore]
    public string Stream { get; } = Portfolio.StreamId(name);

    /// <summary>Takes the next event of the account.</summary>
    /// <returns>What was done; null for an event of trading.</returns>
    public AccountAct? Add(long sequence, IAccountEvent happened)
    {
        if (State is null && happened is not AccountOpened)
            return null;
        if (happened is LimitsSet set)
            LimitList.Add(new(set.Version, set.By, set.Reason, set.At,
                State?.Limits is { } was ? LimitFields.Changes(was, set.Limits) : []));
        State = Portfolio.Evolve(State, happened);
        if (happened is TradingHalted or TradingReduced or TradingResumed or FlattenOrdered or LimitLatched)
            LastStateChange = happened;
        if (Act(sequence, happened) is not { } act)
            return null;
        ActList.Add(act);
        if (ActList.Count > MostActs)
            ActList.RemoveAt(0);
        return act;
    }

    private static AccountAct? Act(long sequence, IAccountEvent happened) => happened switch
    {
        AccountOpened opened => new(sequence, $"opened with {DecisionText.Money(opened.CashUsd)} USD", "program", "", opened.At),
        LimitsSet set => new(sequence, $"limits set, version {set.Version}", set.By, set.Reason, set.At),
        TradingHalted halted => new(sequence, "halted", halted.By, halted.Reason, halted.At),
        TradingReduced reduced => new(sequence, "reduced", reduced.By, reduced.Reason, reduced.At),
        TradingResumed resumed => new(sequence, "resumed", resumed.By, resumed.Reason, resumed.At),
        SymbolStateSet symbol => new(sequence, $"{symbol.Symbol} {DashedName.Of(symbol.State.ToString())}", symbol.By, symbol.Reason,
            symbol.At),
        FlattenOrdered flatten => new(sequence, "flatten", flatten.By, flatten.Reason, flatten.At),
        OperatorCommanded commanded => new(sequence, commanded.Command, commanded.By, commanded.Reason, commanded.At),
        CashAdjusted adjusted =>
            new(sequence, $"{DecisionText.Money(adjusted.AmountUsd)} USD paid {(adjusted.AmountUsd < 0 ? "out" : "in")}",
            adjusted.By, adjusted.Reason, adjusted.At),
        ExternalFillBooked booked => new(sequence, $"adopted a fill: {DecisionText.Lower(booked.Side)} "
            + $"{DecisionText.Exact(booked.Quantity)} {booked.Symbol} at {DecisionText.Money(booked.Price)}", booked.By, booked.Reason,
            booked.At),
        ExternalOrderAdopted adopted => new(sequence, $"adopted the order {adopted.ExchangeOrderId}", adopted.By, adopted.Reason,
            adopted.At),
        PositionAdopted adopted => new(sequence, $"adopted {DecisionText.Exact(adopted.Quantity)} {adopted.Symbol} at "
            + DecisionText.Money(adopted.Price), adopted.By, adopted.Reason, adopted.At),
        PositionWrittenOff gone => new(sequence, $"wrote off {DecisionText.Exact(gone.Quantity)} {gone.Symbol} at "
            + DecisionText.Money(gone.Price), gone.By, gone.Reason, gone.At),
        PositionCorrected corrected => new(sequence, $"corrected to {DecisionText.Exact(corrected.Quantity)} {corrected.Symbol}",
            corrected.By, corrected.Reason, corrected.At),
        MarksSet marks => new(sequence, $"marks of {marks.Symbol} set", marks.By, marks.Reason, marks.At),
        ExternalDifferencesAccepted accepted => new(sequence, "differences accepted", accepted.By, accepted.Reason, accepted.At),
        RealTradingConfirmed confirmed => new(sequence, "real trading confirmed", confirmed.By, confirmed.Reason, confirmed.At),
        LimitLatched latched => new(sequence, "reduced", "the limits",
            string.Create(CultureInfo.InvariantCulture, $"{latched.Rule} {latched.Observed:0.####} reached {latched.Limit:0.####}"),
            latched.At),
        _ => null,
    };
}
