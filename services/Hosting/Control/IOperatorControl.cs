using Trading.Core;

namespace Trading.Hosting;

/// <summary>What an operator can make an account do.</summary>
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
}

/// <summary>A command of an operator. Who and why are recorded with what it does.</summary>
/// <param name="Action">What to do.</param>
/// <param name="By">Who wants it; 1 to 64 characters.</param>
/// <param name="Reason">Why; 1 to 500 characters.</param>
public sealed record OperatorCommand(OperatorAction Action, string By, string Reason)
{
    /// <summary>The order to cancel: its trade id, its client order id, or the beginning of either.</summary>
    public string? Order { get; init; }

    /// <summary>For halt, reduce and resume: the one symbol that is meant; null for the whole account.</summary>
    public string? Symbol { get; init; }

    /// <summary>For a resumption: allows the first real order of the configuration that was announced at the last start.</summary>
    public bool ConfirmReal { get; init; }

    /// <summary>For a resumption: takes the open differences between exchange and journal as they are.</summary>
    public bool AcceptDifferences { get; init; }
}

/// <summary>What became of a command.</summary>
/// <param name="Changed">Whether it changed anything; false when it was so already.</param>
/// <param name="Told">What is so now, in a sentence.</param>
/// <param name="State">The account's state now.</param>
public sealed record ControlDone(bool Changed, string Told, TradingState State);

/// <summary>Limits that an operator put in force.</summary>
/// <param name="Version">Version of the limits in force now.</param>
/// <param name="Changes">What changed; empty when nothing did.</param>
public sealed record LimitsChanged(int Version, IReadOnlyList<LimitChange> Changes);

/// <summary>A command that is not carried out: one line for the operator.</summary>
/// <param name="message">Why not.</param>
/// <param name="kind">What kind of reason.</param>
public sealed class ControlException(string message, ControlProblem kind) : Exception(message)
{
    /// <summary>What kind of reason.</summary>
    public ControlProblem Kind { get; } = kind;
}

/// <summary>Why a command is not carried out.</summary>
public enum ControlProblem
{
    /// <summary>The command makes no sense: a name, a value, a missing reason.</summary>
    Wrong,

    /// <summary>What it is about does not exist.</summary>
    NotFound,

    /// <summary>The account's or the order's state does not allow it.</summary>
    Refused,

    /// <summary>Nobody can be asked: no connection, no token.</summary>
    Unreachable,
}

/// <summary>An operator's control of an account: straight through the journal, or through a service's HTTP pages.</summary>
public interface IOperatorControl
{
    /// <summary>How the account stands.</summary>
    /// <exception cref="ControlException">There is no such account.</exception>
    Task<ControlStatus> StatusAsync(CancellationToken cancellation);

    /// <summary>Carries out a command.</summary>
    /// <exception cref="ControlException">It is not carried out.</exception>
    Task<ControlDone> ActAsync(OperatorCommand command, CancellationToken cancellation);

    /// <summary>Puts other limits in force from the next decision on.</summary>
    /// <param name="by">Who wants it.</param>
    /// <param name="reason">Why.</param>
    /// <param name="values">New values by the limits' names; the others stay as they are.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ControlException">A name or a value cannot be.</exception>
    Task<LimitsChanged> SetLimitsAsync(string by, string reason, IReadOnlyDictionary<string, string> values, CancellationToken cancellation);
}
