using Trading.Core;

namespace Trading.Hosting.Control;

/// <summary>Actions of an operator.</summary>
public enum OperatorAction
{
    /// <summary>Stop all trading.</summary>
    Halt,

    /// <summary>Allow only orders that make positions smaller.</summary>
    Reduce,

    /// <summary>Allow trading again.</summary>
    Resume,

    /// <summary>Sell everything, in slices within the limits.</summary>
    Flatten,

    /// <summary>End an order.</summary>
    Cancel,

    /// <summary>Take over a fill, an order or units that were found on the exchange.</summary>
    Adopt,

    /// <summary>Let go of units that are no longer on the exchange.</summary>
    WriteOff,

    /// <summary>Set right how many units are held, or how much cash.</summary>
    Correct,

    /// <summary>Book cash that was paid in.</summary>
    Deposit,

    /// <summary>Book cash that was paid out.</summary>
    Withdraw,

    /// <summary>Set a position's marks right: the highest price that a trailing stop is measured from, and times that lie ahead.</summary>
    Marks,
}

/// <summary>A command of an operator. Name and reason are recorded with its events.</summary>
/// <param name="Action">What to do.</param>
/// <param name="By">The operator; 1 to 64 characters.</param>
/// <param name="Reason">The reason; 1 to 500 characters.</param>
public sealed record OperatorCommand(OperatorAction Action, string By, string Reason)
{
    /// <summary>The order to cancel: its trade id, its client order id, or the beginning of either.</summary>
    public string? Order { get; init; }

    /// <summary>
    /// For halt, reduce, resume and marks: one symbol; null for the whole account. For adopt, write-off and correct: what is held.
    /// </summary>
    public string? Symbol { get; init; }

    /// <summary>For adopt: the key of the fill or order that status shows, in place of symbol, quantity and price.</summary>
    public string? Difference { get; init; }

    /// <summary>For adopt and write-off: units. For correct: units that are held.</summary>
    public decimal? Quantity { get; init; }

    /// <summary>For adopt: what a unit cost. For write-off: what a unit brought, 0 for nothing.</summary>
    public decimal? Price { get; init; }

    /// <summary>
    /// For deposit and withdraw: how much. For adopt: what the account's cash paid; nothing when null. For correct: the account's cash.
    /// </summary>
    public decimal? AmountUsd { get; init; }

    /// <summary>For marks: the highest price since the entry; the mean price paid when null.</summary>
    public decimal? HighestPrice { get; init; }

    /// <summary>For reduce: what is halted stays halted.</summary>
    public bool OnlyTighten { get; init; }

    /// <summary>For a resumption: allows the first real order of the configuration that was announced at the last start.</summary>
    public bool ConfirmReal { get; init; }

    /// <summary>For a resumption: accepts the open differences between exchange and journal.</summary>
    public bool AcceptDifferences { get; init; }

    /// <summary>
    /// The code that the operator's status showed (<see cref="ControlStatus.Seen"/>): the command is refused when another is there now.
    /// Needed to accept differences and to confirm real trading.
    /// </summary>
    public string? Seen { get; init; }
}

/// <summary>Result of a command.</summary>
/// <param name="Changed">Whether it changed anything.</param>
/// <param name="Told">The new state in a sentence.</param>
/// <param name="State">The account's state now.</param>
public sealed record ControlDone(bool Changed, string Told, TradingState State);

/// <summary>Limits that an operator put in force.</summary>
/// <param name="Version">Version of the limits in force now.</param>
/// <param name="Changes">What changed; empty when nothing did.</param>
public sealed record LimitsChanged(int Version, IReadOnlyList<LimitChange> Changes);

/// <summary>A command was not carried out: one line for the operator.</summary>
/// <param name="message">The reason.</param>
/// <param name="kind">Kind of reason.</param>
public sealed class ControlException(string message, ControlProblem kind) : Exception(message)
{
    /// <summary>Kind of reason.</summary>
    public ControlProblem Kind { get; } = kind;
}

/// <summary>Kinds of reasons why a command is not carried out.</summary>
public enum ControlProblem
{
    /// <summary>The command is invalid: a name, a value, a missing reason.</summary>
    Wrong,

    /// <summary>Its account, order or symbol does not exist.</summary>
    NotFound,

    /// <summary>The account's or the order's state does not allow it.</summary>
    Refused,

    /// <summary>The service or the journal cannot be reached: no connection, no token.</summary>
    Unreachable,
}

/// <summary>An operator's control of an account: straight through the journal, or through a service's HTTP pages.</summary>
public interface IOperatorControl
{
    /// <summary>The account's status.</summary>
    /// <exception cref="ControlException">There is no such account.</exception>
    Task<ControlStatus> StatusAsync(CancellationToken cancellation);

    /// <summary>Carries out a command.</summary>
    /// <exception cref="ControlException">It is not carried out.</exception>
    Task<ControlDone> ActAsync(OperatorCommand command, CancellationToken cancellation);

    /// <summary>Puts other limits in force from the next decision on.</summary>
    /// <param name="by">The operator.</param>
    /// <param name="reason">The reason.</param>
    /// <param name="values">New values by the limits' names; the others stay as they are.</param>
    /// <param name="seen">The version in force that the operator saw: refused when another is; null for whichever.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ControlException">A name or a value is invalid.</exception>
    Task<LimitsChanged> SetLimitsAsync(string by, string reason, IReadOnlyDictionary<string, string> values, int? seen,
        CancellationToken cancellation);
}
