using Trading.Core;
using Trading.Hosting.Control;
using Trading.Journal.Events;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Control;

/// <summary>What an operator accepts is what the operator saw.</summary>
public sealed class SeenTests : IAsyncLifetime, IAsyncDisposable
{
    private static readonly DateTimeOffset Now = InProcessSystem.Start;
    private TradeJournal _journal = null!;
    private JournalControl _control = null!;

    public async Task InitializeAsync()
    {
        _journal = new(await PostgresServer.CreateDatabaseAsync(), new("test", "1"), TimeProvider.System);
        await _journal.PrepareAsync();
        _control = new(_journal, "main", TimeProvider.System);
        await GivenAsync(new OpenAccount("main", "simulated", 1000, Now));
    }

    public async Task DisposeAsync() => await _journal.DisposeAsync();

    async ValueTask IAsyncDisposable.DisposeAsync() => await DisposeAsync();

    [Fact]
    public async Task real_trading_that_was_announced_later_is_not_confirmed_with_the_code_of_before()
    {
        Assert.Null((await _control.StatusAsync(default)).Seen);
        await GivenAsync(new AnnounceRealTrading("binance, account main, BTC-USD", "report", Now));
        var seen = (await _control.StatusAsync(default)).Seen!;
        Assert.Matches("^[0-9a-f]{8}$", seen);
        await GivenAsync(new AnnounceRealTrading("binance, account main, BTC-USD,ETH-USD", "report", Now));

        Assert.StartsWith("accepting differences and confirming real trading need --seen", await RefusedAsync(confirm: null),
            StringComparison.Ordinal);
        Assert.Equal($"what status shows has changed since it showed {seen}: check it again", await RefusedAsync(confirm: seen));
        var now = Assert.Single((await _control.StatusAsync(default)).Latches);
        Assert.EndsWith($"waits for resume --confirm-real --seen {(await _control.StatusAsync(default)).Seen}", now,
            StringComparison.Ordinal);
        await _control.ActAsync(new(OperatorAction.Resume, "kim", "first day")
        { ConfirmReal = true, Seen = (await _control.StatusAsync(default)).Seen }, default);
        var external = (await _journal.AccountAsync("main", default))!.State.External!;
        Assert.Equal("binance, account main, BTC-USD,ETH-USD", external.Confirmed);
        Assert.Null((await _control.StatusAsync(default)).Seen);
    }

    [Fact]
    public async Task a_difference_that_was_found_later_is_not_accepted_with_the_code_of_before()
    {
        await GivenAsync(new BeginReconciliation("binance", Now));
        var seen = (await _control.StatusAsync(default)).Seen;
        await GivenAsync(new DoubtFill(new(Guid.NewGuid(), "a price of 1000000", 1, 1, Now)));
        var accept = new OperatorCommand(OperatorAction.Resume, "kim", "as it is") { AcceptDifferences = true, Seen = seen };
        Assert.Equal(ControlProblem.Refused,
            (await Assert.ThrowsAsync<ControlException>(() => _control.ActAsync(accept, default))).Kind);
        Assert.NotEmpty((await _journal.AccountAsync("main", default))!.State.External!.Differences);
        await _control.ActAsync(accept with { Seen = (await _control.StatusAsync(default)).Seen!.ToUpperInvariant() }, default);
        Assert.Empty((await _journal.AccountAsync("main", default))!.State.External!.Differences);
    }

    private async Task<string> RefusedAsync(string? confirm) => (await Assert.ThrowsAsync<ControlException>(() => _control.ActAsync(
        new(OperatorAction.Resume, "kim", "go") { ConfirmReal = true, Seen = confirm }, default))).Message;

    private async Task GivenAsync(IAccountCommand command) => await _journal.DecideAsync("main", command, "test", default);
}
