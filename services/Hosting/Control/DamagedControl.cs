using Npgsql;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Journal.Events;

namespace Trading.Hosting.Control;

/// <summary>
/// What stops trading, on an account whose rows were damaged: a person or a program with rights on the database may have left anything in
/// it, and an operator must be able to stop trading all the same.
/// </summary>
internal static class DamagedControl
{
    private const string SaysMore = "trading audit check names everything that is wrong";

    /// <summary>Whether a command may have failed because of what stands in the database, and not because nothing answers.</summary>
    public static bool MayBe(Exception failed) => failed switch
    {
        ControlException or OperationCanceledException => false,
        PostgresException { IsTransient: true } => false,
        PostgresException => true,
        NpgsqlException => false,
        _ => true,
    };

    /// <summary>
    /// Does what was asked for with as little as possible: without the event store, from the stored account or its events.
    /// </summary>
    public static async Task<ControlDone> StopAsync(TradeJournal journal, string account, OperatorCommand command, Exception failed,
        string causationId, DateTimeOffset now, CancellationToken cancellation)
    {
        var stream = Portfolio.StreamId(account);
        OperatorInput.CheckOptions(command);
        var damage = await DamagedAccount.FindAsync(journal.Database, stream, cancellation);
        var state = await DamagedAccount.StateAsync(journal.Database, stream, cancellation);
        var events = state is null ? [Alone(command, now)] : OperatorDecisions.Of(command, state, null, now);
        var after = state is null ? null : events.Aggregate(state, Portfolio.Evolve);
        if (events.Count > 0)
            await DamagedAccount.AppendAsync(journal, stream, events, after, causationId, now, cancellation);
        var done = after is not null ? AccountReport.Answer(command, after, events.Count > 0)
            : $"account {account} is {DashedName.Of(StateAfter(command).ToString())}";
        return new(events.Count > 0, $"{done}; the journal is damaged: {Told(damage, failed)}; {SaysMore}",
            after?.State ?? StateAfter(command));
    }

    /// <summary>Why a command that does not stop trading is not carried out.</summary>
    public static async Task<ControlException?> RefusalAsync(
        TradeJournal journal, string account, Exception failed, CancellationToken cancellation) =>
        await DamagedAccount.FindAsync(journal.Database, Portfolio.StreamId(account), cancellation) is { Count: > 0 } damage
            ? new($"the journal is damaged: {Told(damage, failed)}; until that is put right the account can only be halted, reduced or "
                + $"flattened; {SaysMore}", ControlProblem.Refused)
            : null;

    private static string Told(IReadOnlyList<string> damage, Exception failed) =>
        damage.Count > 0 ? string.Join("; ", damage) : failed.Message.Split('\n')[0];

    private static IAccountEvent Alone(OperatorCommand command, DateTimeOffset now) => command switch
    {
        { Symbol: { } symbol } => new SymbolStateSet(symbol, StateAfter(command), command.By, command.Reason, now),
        { Action: OperatorAction.Halt } => new TradingHalted(command.By, command.Reason, now),
        { Action: OperatorAction.Reduce } => new TradingReduced(command.By, command.Reason, now),
        _ => new FlattenOrdered(command.By, command.Reason, now),
    };

    private static TradingState StateAfter(OperatorCommand command) =>
        command.Action == OperatorAction.Halt ? TradingState.Halted : TradingState.Reducing;
}

/// <summary>The account's rows are not what the event store needs.</summary>
internal sealed class DamagedAccountException() : Exception("the account's rows do not fit each other");
