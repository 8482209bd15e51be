using Npgsql;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Journal.Tables;

namespace Trading.Hosting.Control;

/// <summary>
/// Control through the journal: it needs only the database, no bus, no prices, no service. An executor reads the account's state
/// immediately before it calls an exchange, so a command holds for every replica from the next call on.
/// </summary>
public sealed class JournalControl(TradeJournal journal, string account, TimeProvider clock) : IOperatorControl
{
    private const int AlertsShown = 10;
    private const int AttemptsWithoutDoubt = 8;

    /// <inheritdoc/>
    public async Task<ControlStatus> StatusAsync(CancellationToken cancellation)
    {
        var damage = (await DamagedAccount.FindAsync(journal.Database, Portfolio.StreamId(account), cancellation)).ToList();
        var state = damage.Count == 0 ? (await LoadAsync(cancellation)).State
            : await DamagedAccount.StateAsync(journal.Database, Portfolio.StreamId(account), cancellation)
                ?? throw new ControlException($"the account {account} can neither be read nor computed from its events: "
                    + string.Join("; ", damage), ControlProblem.Refused);
        object? last = null;
        IReadOnlyList<UndeliveredAlert> undelivered = [];
        IReadOnlyList<StandingAlert> standing = [];
        try
        {
            last = (await JournalReader.LastOfAsync(
                journal.Database, Portfolio.StreamId(account), AccountReport.StateEvents, cancellation))?.Event();
            undelivered = await AlertClaims.UndeliveredAsync(journal.Database, AlertsShown, cancellation);
            standing = await AlertClaims.StandingAsync(journal.Database, AlertsShown, cancellation);
        }
        catch (Exception unreadable) when (unreadable is InvalidDataException or PostgresException)
        {
            damage.Add(unreadable.Message);
        }
        return AccountReport.Of(state, last, undelivered) with { StandingAlerts = standing, Damage = damage };
    }

    /// <inheritdoc/>
    public async Task<ControlDone> ActAsync(OperatorCommand command, CancellationToken cancellation)
    {
        Task<ControlDone> Act() => RecordedAsync(DashedName.Of(command.Action.ToString()), command.By, command.Reason,
            () => DoAsync(command, cancellation), cancellation);
        if (command.Action is not (OperatorAction.Halt or OperatorAction.Reduce or OperatorAction.Flatten))
            return await OnSoundAsync(Act, cancellation);
        OperatorInput.CheckWhoAndWhy(command.By, command.Reason);
        try
        {
            if ((await DamagedAccount.FindAsync(journal.Database, Portfolio.StreamId(account), cancellation)).Count > 0)
                throw new DamagedAccountException();
            return await Act();
        }
        // Whatever the reason is: what stops trading is written as long as PostgreSQL answers.
        catch (Exception failed) when (DamagedControl.MayBe(failed))
        {
            return await DamagedControl.StopAsync(journal, account, command, failed, NewCause().CausationId, clock.GetUtcNow(),
                cancellation);
        }
    }

    private async Task<ControlDone> DoAsync(OperatorCommand command, CancellationToken cancellation)
    {
        OperatorInput.CheckOptions(command);
        if (command.Action == OperatorAction.Cancel)
            return await CancelAsync(command, cancellation);
        var cause = NewCause();
        for (var attempt = 1; ; attempt++)
        {
            var loaded = await LoadAsync(cancellation);
            OperatorInput.CheckKnown(command.Symbol, loaded.State);
            if (command.Action == OperatorAction.Resume)
                await MustBeAsItsEventsMakeItAsync(cancellation);
            if (command.ConfirmReal && loaded.State.External?.Announced is null)
                throw new ControlException(
                    "there is nothing to confirm: no program that would trade with real money has started on this account",
                    ControlProblem.Refused);
            SeenCode.Check(command, loaded.State);
            var events = await EventsAsync(command, loaded.State, cancellation);
            var recorded = events.Count > 0
                ? events : [new OperatorCommanded(DashedName.Of(command.Action.ToString()), command.By, command.Reason, clock.GetUtcNow())];
            if (!await journal.AppendAsync([new(Portfolio.StreamId(account), loaded.Version, recorded)], cause, cancellation))
            {
                await MustBeSoundAsync(attempt, cancellation);
                continue;
            }
            var after = recorded.Aggregate(loaded.State, Portfolio.Evolve);
            return new(events.Count > 0, AccountReport.Answer(command, after, events.Count > 0), after.State);
        }
    }

    // What a command does to the account; a fill that is adopted is read as it was found.
    private async Task<IReadOnlyList<IAccountEvent>> EventsAsync(
        OperatorCommand command, Portfolio state, CancellationToken cancellation)
    {
        var fills = command.Difference is { } key && DifferenceKey.IsFill(key)
            ? await JournalReader.FoundFillsAsync(journal.Database, account, [key], cancellation) : [];
        try
        {
            return OperatorDecisions.Of(command, state, fills.SingleOrDefault(), clock.GetUtcNow());
        }
        catch (InvalidOperationException impossible)
        {
            throw new ControlException(impossible.Message, ControlProblem.Refused);
        }
    }

    /// <inheritdoc/>
    public Task<LimitsChanged> SetLimitsAsync(string by, string reason, IReadOnlyDictionary<string, string> values, int? seen,
        CancellationToken cancellation) => OnSoundAsync(() => RecordedAsync("limits set", by, reason,
            () => DoSetLimitsAsync(by, reason, values, seen, cancellation), cancellation), cancellation);

    private async Task<LimitsChanged> DoSetLimitsAsync(
        string by, string reason, IReadOnlyDictionary<string, string> values, int? seen, CancellationToken cancellation)
    {
        if (values.Count == 0)
            throw new ControlException("no limit is named: name=value", ControlProblem.Wrong);
        var cause = NewCause();
        for (var attempt = 1; ; attempt++)
        {
            var loaded = await LoadAsync(cancellation);
            var limits = loaded.State.Limits ?? throw new ControlException(
                $"the account {account} has no limits yet: a RiskManager sets the first at its start", ControlProblem.Refused);
            SeenCode.Check(seen, loaded.State.LimitsVersion);
            var changed = LimitFields.With(limits, values);
            var events = Portfolio.Decide(new SetLimits(changed, by, reason, clock.GetUtcNow()), loaded.State);
            IReadOnlyList<IAccountEvent> recorded = events.Count > 0
                ? events : [new OperatorCommanded("limits set", by, reason, clock.GetUtcNow())];
            if (await journal.AppendAsync([new(Portfolio.StreamId(account), loaded.Version, recorded)], cause, cancellation))
                return new(recorded.Aggregate(loaded.State, Portfolio.Evolve).LimitsVersion, LimitFields.Changes(limits, changed));
            await MustBeSoundAsync(attempt, cancellation);
        }
    }

    /// <summary>Records that somebody guesses tokens; an account that does not exist yet has nobody to tell.</summary>
    /// <param name="reason">Who, and how often.</param>
    public async Task NoteWrongTokensAsync(string reason)
    {
        for (var attempt = 1; await journal.AccountAsync(account, CancellationToken.None) is { } loaded
            && !await journal.AppendAsync([new(Portfolio.StreamId(account), loaded.Version,
                [new OperatorCommanded(TokenCheck.Noted, TokenCheck.By, reason, clock.GetUtcNow())])], NewCause(), CancellationToken.None);
            attempt++)
            await MustBeSoundAsync(attempt, CancellationToken.None);
    }

    // A refused command is recorded too, if it has a name and a reason and the account exists.
    private async Task<T> RecordedAsync<T>(string what, string by, string reason, Func<Task<T>> act, CancellationToken cancellation)
    {
        OperatorInput.CheckWhoAndWhy(by, reason);
        try
        {
            return await act();
        }
        catch (ControlException refused) when (refused.Kind != ControlProblem.Unreachable)
        {
            var said = refused.Message[..Math.Min(refused.Message.Length, OperatorInput.MaxReasonLength)];
            for (var attempt = 1; await journal.AccountAsync(account, cancellation) is { } loaded
                && !await journal.AppendAsync([new(Portfolio.StreamId(account), loaded.Version,
                    [new OperatorCommanded($"{what} (refused: {said})", by, reason, clock.GetUtcNow())])], NewCause(), cancellation);
                attempt++)
                await MustBeSoundAsync(attempt, cancellation);
            throw;
        }
    }

    private async Task<ControlDone> CancelAsync(OperatorCommand command, CancellationToken cancellation)
    {
        var cause = NewCause();
        while (true)
        {
            var state = (await LoadAsync(cancellation)).State;
            var tradeId = OperatorInput.FindOrder(command.Order, state);
            var (trade, version) = await journal.TradeAsync(tradeId, cancellation)
                ?? throw new ControlException($"trade {tradeId} is not in the journal", ControlProblem.NotFound);
            if (trade.Execution is { } ended)
                throw new ControlException($"the order of trade {tradeId} has ended: {DashedName.Of(ended.Outcome.ToString())}",
                    ControlProblem.Refused);
            if (await journal.AppendAsync(
                [new(Trade.StreamId(tradeId), version, [new CancelRequested(command.By, command.Reason, clock.GetUtcNow())])],
                cause with { CorrelationId = tradeId }, cancellation))
                return new(true, $"the order of trade {tradeId} is to be cancelled; an executor does it", state.State);
        }
    }

    private async Task<Loaded<Portfolio>> LoadAsync(CancellationToken cancellation)
    {
        if (await journal.AccountAsync(account, cancellation) is { } loaded)
            return loaded;
        await MustBeSoundAsync(AttemptsWithoutDoubt, cancellation);
        throw new ControlException($"there is no account {account} in this journal yet", ControlProblem.NotFound);
    }

    // Other writers may be first a few times; where the rows do not fit each other, an append would lose for ever.
    private async Task MustBeSoundAsync(int attempt, CancellationToken cancellation)
    {
        if (attempt % AttemptsWithoutDoubt == 0
            && (await DamagedAccount.FindAsync(journal.Database, Portfolio.StreamId(account), cancellation)).Count > 0)
            throw new DamagedAccountException();
    }

    private async Task MustBeAsItsEventsMakeItAsync(CancellationToken cancellation)
    {
        if (await new FoldedAccount(journal.Database, Portfolio.StreamId(account)).CompareAsync(cancellation)
            is { IsEarlierForm: false } difference)
            throw new ControlException($"the stored account is not what its events make: {difference.Detail}; "
                + "trading audit rebuild --write "
                + "writes it again from its events, trading audit check shows whether these are as they were sealed",
                    ControlProblem.Refused);
    }

    private async Task<T> OnSoundAsync<T>(Func<Task<T>> act, CancellationToken cancellation)
    {
        try
        {
            return await act();
        }
        catch (Exception failed) when (DamagedControl.MayBe(failed))
        {
            throw await DamagedControl.RefusalAsync(journal, account, failed, cancellation) ?? failed;
        }
    }

    private static Cause NewCause() => new(null, $"operator-{Guid.NewGuid():N}");
}
