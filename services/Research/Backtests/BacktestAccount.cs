using Trading.Core;

namespace Trading.Research.Backtests;

/// <summary>
/// The account of a backtest within limits. The traders of several symbols share one: its cash, its limits, its losses and its counts hold
/// for all of them, as in live trading.
/// </summary>
public sealed class BacktestAccount
{
    private int _orders;

    /// <summary>An account.</summary>
    /// <param name="cashUsd">Cash at the start of a new one.</param>
    /// <param name="limits">The limits in force.</param>
    /// <param name="account">The account to begin with, whose open orders are ignored; null for a new one.</param>
    /// <param name="several">Whether several symbols trade on it.</param>
    /// <exception cref="ArgumentException">The limits cannot be put in force.</exception>
    public BacktestAccount(decimal cashUsd, RiskLimits limits, Portfolio? account = null, bool several = false)
    {
        if (limits.Violations() is { Count: > 0 } violations)
            throw new ArgumentException(string.Join("; ", violations), nameof(limits));
        Several = several;
        State = account is null
            ? Portfolio.Evolve(null, new AccountOpened("backtest", "recorded", cashUsd, default))
            : account with { Reservations = account.Reservations.Clear() };
        State = Portfolio.Evolve(State, new LimitsSet(State.LimitsVersion + 1, limits, "settings", "backtest", default));
    }

    /// <summary>The account as it is now.</summary>
    public Portfolio State { get; private set; }

    /// <summary>Whether several symbols trade on it: each price then counts for the value of all.</summary>
    public bool Several { get; }

    /// <summary>The limit that made the account reduce; null when none did. It stays: in a backtest no operator resumes trading.</summary>
    public LimitLatched? Latched { get; private set; }

    /// <summary>Numbers the orders of all symbols.</summary>
    public int NextOrder() => ++_orders;

    /// <summary>Does what a command asks for.</summary>
    public void Apply(IAccountCommand command)
    {
        foreach (var happened in Portfolio.Decide(command, State))
        {
            State = Portfolio.Evolve(State, happened);
            Latched ??= happened as LimitLatched;
        }
    }
}
