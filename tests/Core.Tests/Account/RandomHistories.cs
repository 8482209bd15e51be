using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;

namespace Trading.Core.Tests;

/// <summary>
/// Histories of prices, decisions, fills, crashes and operator commands as they may happen to an account, made from dice.
/// </summary>
internal static class RandomHistories
{
    private const int Histories = 800;

    /// <summary>The account that every history begins with.</summary>
    public static readonly Portfolio Start = Given.Account(Dice.Further(Given.Limits with { FeePercent = Dice.Fee, LotSize = 0.001m }));

    /// <summary>
    /// One step of a history: what was asked of the account (nothing when risk refused, or no order was open), and what came of it.
    /// </summary>
    public sealed record Step(
        Portfolio Before, IAccountCommand? Command, IReadOnlyList<IAccountEvent> Happened, Portfolio After,
        decimal Price, DateTimeOffset Now,
        PredictionMade? Prediction, Assessment? Assessment, PriceObserved? Watched)
    {
        /// <summary>Units that orders on the exchange can sell.</summary>
        public decimal OnExchange { get; init; }

        /// <summary>The order that went out; null when none did.</summary>
        public Order? Sent { get; init; }

        /// <summary>Whether an approved order was kept back, for the account may not trade it any more.</summary>
        public bool KeptBack { get; init; }

        /// <summary>Whether a stop was ended because another sale needs its units.</summary>
        public bool Ended { get; init; }

        /// <summary>Whether a sale was sent for less than it was approved for.</summary>
        public bool Short { get; init; }
    }

    private static readonly Gen<Dice> Throw = Gen.Choose(0, 99).Four()
        .Select(dice => new Dice(dice.Item1, dice.Item2, dice.Item3, dice.Item4));

    private static readonly Arbitrary<Dice[]> AnyHistory = Arb.From(
        Gen.ArrayOf(Throw).Where(history => history.Length > 0),
        history => Enumerable.Range(0, history.Length).Select(left => history.Where((_, at) => at != left).ToArray())
            .Where(shorter => shorter.Length > 0));

    /// <summary>Holds after each step of any history; the seed says which histories.</summary>
    public static void AfterEveryStep(ulong seed, Action<Step> holds) => AfterEveryHistory(seed, steps => steps.ForEach(holds));

    /// <summary>Holds for any history as a whole.</summary>
    public static void AfterEveryHistory(ulong seed, Action<List<Step>> holds) =>
        Prop.ForAll(AnyHistory, dice => holds(PlayedHistory.Of(dice))).Check(Fixed(seed));

    /// <summary>The same cases in each run.</summary>
    public static Config Fixed(ulong seed) => Config.QuickThrowOnFailure
        .WithMaxTest(Histories)
        .WithReplay(FSharpOption<FsCheck.Replay>.Some(new FsCheck.Replay(new Rnd(seed, 1), FSharpOption<int>.None)));
}
