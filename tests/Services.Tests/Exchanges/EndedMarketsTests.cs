using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Services.Exchanges;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.Exchanges;

/// <summary>
/// An order whose market the exchange no longer knows ends when both have been denied for OrderAbsenceSeconds, and not before.
/// </summary>
public sealed class EndedMarketsTests : IAsyncLifetime, IDisposable
{
    private static readonly Trade Resting = new(Guid.NewGuid(), null, null, new("id", "binance", false, null,
        new("BTC-USD", TradeAction.Sell, 0.1m, 50_000, 0), DateTimeOffset.UnixEpoch), ImmutableList<OrderFilled>.Empty, null);

    private readonly ManualTime _clock = new(new(2024, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly TradingSettings _settings = new();
    private readonly SemaphoreSlim _answers = new(0);
    private BinanceSimulator _simulator = null!;
    private BinanceSpot _exchange = null!;
    private EndedMarkets _ends = null!;
    private int _asked;

    public async Task InitializeAsync()
    {
        _simulator = new(new(new("BTC", "USDT"), TimeProvider.System), Faults.None, TimeProvider.System, "key", "secret"u8.ToArray())
        {
            Instead = (_, path, _) =>
            {
                if (!path.EndsWith("exchangeInfo", StringComparison.Ordinal))
                    return null;
                Interlocked.Increment(ref _asked);
                _answers.Wait(HangGuard.Limit);
                return (400, """{"code":-1121,"msg":"Invalid symbol."}""");
            },
        };
        await _simulator.StartAsync();
        _exchange = new(_ => Task.FromResult(new BinanceKey("key", "secret")),
            new(_simulator.Address, true, HangGuard.Limit, HangGuard.Limit, "USDT"), TimeProvider.System);
        _ends = new(new(_exchange, _clock, NullLogger<ProductCache>.Instance), _settings, _clock);
    }

    public async Task DisposeAsync() => await _simulator.DisposeAsync();

    public void Dispose()
    {
        _exchange.Dispose();
        _answers.Dispose();
    }

    [Fact]
    public async Task two_questions_at_the_same_time_are_one_denial()
    {
        var both = new[] { _ends.TookAsync(Resting, default), _ends.TookAsync(Resting, default) };
        SpinWait.SpinUntil(() => Volatile.Read(ref _asked) == 2, HangGuard.Limit);
        _answers.Release(2);
        var denied = await Task.WhenAll(both);
        Assert.Equal([false, false], denied);

        Assert.False(await _ends.TookAsync(Resting, default));
        _clock.Advance(TimeSpan.FromSeconds(_settings.OrderAbsenceSeconds));
        _answers.Release();
        Assert.True(await _ends.TookAsync(Resting, default));
    }

    [Fact]
    public async Task an_order_that_answers_again_is_waited_for_from_the_beginning_at_its_next_denial()
    {
        _answers.Release(2);
        Assert.False(await _ends.TookAsync(Resting, default));
        _ends.Known(Resting);
        _clock.Advance(TimeSpan.FromDays(30));
        Assert.False(await _ends.TookAsync(Resting, default));
    }
}
