using System.Diagnostics;
using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Pkcs;
using Org.BouncyCastle.Security;
using Trading.Contracts;
using Trading.Core;
using Trading.Services.Exchanges;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.Exchanges;

/// <summary>Both connectors against an exchange that checks their signatures, matches their orders and goes wrong.</summary>
public sealed class SimulatorTests : IAsyncLifetime, IDisposable
{
    private const string KeyId = "organizations/1/apiKeys/2";

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly List<IDisposable> _made = [];
    private SimulatedExchange _simulator = null!;
    private IExchange _exchange = null!;
    private TimeSpan _keyDelay;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_simulator is not null)
            await _simulator.DisposeAsync();
    }

    public void Dispose()
    {
        _made.ForEach(made => made.Dispose());
        _key.Dispose();
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task an_order_that_takes_from_the_book_shows_each_fill_and_the_balances_follow(string name)
    {
        await StartAsync(name);
        var placed = await _exchange.PlaceAsync(Order("a", OrderPlacement.LimitIoc, TradeAction.Buy, 0.003m, 60_010), default);
        var report = Done(placed);
        Assert.Equal((OrderStatus.Filled, 0.003m, true), (report.Status, report.FilledQuantity, report.FillsAreComplete));
        Assert.True(report.Fills.Count > 1);
        Assert.All(report.Fills, fill => Assert.Equal(name == "binance" ? "BTC" : "USD", fill.FeeAsset));

        var asked = Done(await _exchange.OrderAsync(Order("a", OrderPlacement.LimitIoc, TradeAction.Buy, 0.003m, 60_010), default));
        Assert.Equal(report.Fills.Select(fill => (fill.ExchangeTradeId, fill.Quantity, fill.Price, fill.Fee)),
            asked.Fills.Select(fill => (fill.ExchangeTradeId, fill.Quantity, fill.Price, fill.Fee)));
        var listed = Done(await _exchange.FillsAsync("BTC-USD", DateTimeOffset.UtcNow.AddMinutes(-1), default));
        Assert.Equal(report.Fills.Select(fill => fill.ExchangeTradeId), listed.Select(fill => fill.ExchangeTradeId).Order());

        var balances = Done(await _exchange.BalancesAsync(default)).ToDictionary(balance => balance.Asset, balance => balance.Total);
        Assert.Equal((_simulator.Venue.Balance("BTC"), _simulator.Venue.Balance(_simulator.Venue.Rules.Quote)),
            (balances["BTC"], balances[_simulator.Venue.Rules.Quote]));
        Assert.Equal(1 + 0.003m - report.Fills.Where(fill => fill.FeeAsset == "BTC").Sum(fill => fill.Fee), balances["BTC"]);
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task an_order_of_more_fills_than_a_list_holds_shows_all_of_them(string name)
    {
        await StartAsync(name);
        _simulator.Venue.Deposit(_simulator.Venue.Rules.Quote, 1_000_000);
        var order = Order("many", OrderPlacement.LimitGtc, TradeAction.Buy, 1.6m, 60_000);
        Done(await _exchange.PlaceAsync(order, default));
        while (_simulator.Venue.Orders.Single() is { Open: true })
            _simulator.Venue.SetPrice(_simulator.Venue.Price == 60_000 ? 59_999.99m : 60_000);
        Assert.True(_simulator.Venue.Fills.Count > 2000);

        var report = Done(await _exchange.OrderAsync(order, default));

        Assert.Equal((OrderStatus.Filled, 1.6m, true), (report.Status, report.FilledQuantity, report.FillsAreComplete));
        Assert.Equal(_simulator.Venue.Fills.Select(fill => $"{fill.TradeId}").Order(),
            report.Fills.Select(fill => fill.ExchangeTradeId).Order());
    }

    [Theory]
    [InlineData("binance", 2000)]
    [InlineData("coinbase", 5100)]
    public async Task a_long_list_of_fills_is_read_whole_though_some_of_its_pages_are_not_answered(string name, int fills)
    {
        await StartAsync(name, new Faults(seed: 3, orderRate: 0, questionRate: name == "binance" ? 0.3 : 0.1));
        _simulator.Venue.Deposit(_simulator.Venue.Rules.Quote, 1_000_000);
        var order = _simulator.Venue.Place("many", true, SimKind.LimitGtc, 4, 60_000, null);
        while (_simulator.Venue.Fills.Count <= fills)
            _simulator.Venue.Fill(order, 0.0007m, 60_000);

        var listed = await _exchange.FillsAsync("BTC-USD", DateTimeOffset.UtcNow.AddHours(-1), default);
        // The first page is not asked for again: nothing is lost with it.
        for (var again = 0; again < 20 && !listed.IsDone; again++)
            listed = await _exchange.FillsAsync("BTC-USD", DateTimeOffset.UtcNow.AddHours(-1), default);

        Assert.Equal(_simulator.Venue.Fills.Select(fill => $"{fill.TradeId}").Order(),
            Done(listed).Select(fill => fill.ExchangeTradeId).Order());
        Assert.Contains(_simulator.Faults.Counts, fault => fault is { Key: not SimFault.None, Value: > 0 });
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task what_the_book_does_not_give_within_the_limit_is_left_out(string name)
    {
        await StartAsync(name);
        var report = Done(await _exchange.PlaceAsync(Order("a", OrderPlacement.LimitIoc, TradeAction.Buy, 0.01m, 60_000.02m), default));
        Assert.Equal((OrderStatus.Cancelled, true), (report.Status, report.FillsAreComplete));
        Assert.InRange(report.FilledQuantity, 0.0007m, 0.0099m);
        Assert.All(report.Fills, fill => Assert.True(fill.Price <= 60_000.02m));
        var market = Done(await _exchange.PlaceAsync(Order("b", OrderPlacement.Market, TradeAction.Sell, 0.002m, null), default));
        Assert.Equal((OrderStatus.Filled, TradeAction.Sell), (market.Status, market.Side));
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task a_waiting_order_is_filled_when_the_market_comes_or_cancelled(string name)
    {
        await StartAsync(name);
        var order = Order("a", OrderPlacement.PostOnly, TradeAction.Buy, 0.001m, 59_900);
        Assert.Equal(OrderStatus.Open, Done(await _exchange.PlaceAsync(order, default)).Status);
        var open = Assert.Single(Done(await _exchange.OpenOrdersAsync(["BTC-USD"], default)));
        Assert.Equal(("a", OrderStatus.Open, 59_900m), (open.ClientOrderId, open.Status, open.LimitPrice));
        _simulator.Venue.SetPrice(59_800);
        var filled = Done(await _exchange.OrderAsync(order, default));
        Assert.Equal((OrderStatus.Filled, 59_900m), (filled.Status, filled.Fills[0].Price));
        Assert.Equal(ExchangeRefusal.NotFound, (await _exchange.CancelAsync(order, default)).Refusal);

        var waits = Order("b", OrderPlacement.LimitGtc, TradeAction.Sell, 0.01m, 61_000);
        Done(await _exchange.PlaceAsync(waits, default));
        Assert.Equal(OrderStatus.Cancelled, Done(await _exchange.CancelAsync(waits, default)).Status);
        Assert.Empty(Done(await _exchange.OpenOrdersAsync(["BTC-USD"], default)));
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task a_stop_waits_on_the_exchange_until_the_market_falls_to_it(string name)
    {
        await StartAsync(name);
        var stop = Order("s", OrderPlacement.StopLoss, TradeAction.Sell, 0.001m, 58_000, stop: 59_000);
        Assert.Equal(OrderStatus.Open, Done(await _exchange.PlaceAsync(stop, default)).Status);
        _simulator.Venue.SetPrice(59_500);
        Assert.Equal(OrderStatus.Open, Done(await _exchange.OrderAsync(stop, default)).Status);
        _simulator.Venue.SetPrice(58_900);
        var report = Done(await _exchange.OrderAsync(stop, default));
        Assert.Equal((OrderStatus.Filled, true), (report.Status, report.Fills[0].Price <= 59_000));
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task a_refusal_is_reported_by_its_name(string name)
    {
        await StartAsync(name);
        async Task<ExchangeRefusal?> RefusedAsync(OrderPlacement placement, decimal quantity, decimal? limit)
        {
            var answer = await _exchange.PlaceAsync(Order("a", placement, TradeAction.Buy, quantity, limit), default);
            Assert.Equal(AnswerKind.Refused, answer.Kind);
            return answer.Refusal;
        }
        Assert.Equal(ExchangeRefusal.Funds, await RefusedAsync(OrderPlacement.LimitIoc, 10, 60_000));
        Assert.Equal(ExchangeRefusal.Filter, await RefusedAsync(OrderPlacement.LimitIoc, 0.001001m + 0.000000001m, 60_000));
        Assert.Equal(ExchangeRefusal.WouldTake, await RefusedAsync(OrderPlacement.PostOnly, 0.001m, 61_000));
        Assert.Equal(ExchangeRefusal.NotFound,
            (await _exchange.OrderAsync(Order("never", OrderPlacement.Market, TradeAction.Buy, 1, null), default)).Refusal);
        Assert.Equal(ExchangeRefusal.NotFound,
            (await _exchange.CancelAsync(Order("never", OrderPlacement.Market, TradeAction.Buy, 1, null), default)).Refusal);
    }

    [Theory]
    [InlineData("binance", SimFault.TakenThenCut)]
    [InlineData("binance", SimFault.TakenThenSilent)]
    [InlineData("binance", SimFault.TakenThenUnknown)]
    [InlineData("binance", SimFault.TakenThenGateway)]
    [InlineData("binance", SimFault.TakenThenTimeout)]
    [InlineData("binance", SimFault.TakenThenOdd)]
    [InlineData("binance", SimFault.TakenLate)]
    [InlineData("coinbase", SimFault.TakenThenCut)]
    [InlineData("coinbase", SimFault.TakenThenSilent)]
    [InlineData("coinbase", SimFault.TakenThenUnknown)]
    [InlineData("coinbase", SimFault.TakenThenGateway)]
    [InlineData("coinbase", SimFault.TakenThenTimeout)]
    [InlineData("coinbase", SimFault.TakenThenOdd)]
    public async Task an_order_whose_answer_is_lost_is_unknown_and_found_by_its_client_order_id(string name, SimFault fault)
    {
        await StartAsync(name, Faults.None.Then(fault));
        var order = Order("a", OrderPlacement.LimitIoc, TradeAction.Buy, 0.001m, 60_010);
        Assert.Equal(AnswerKind.Unknown, (await _exchange.PlaceAsync(order, default)).Kind);
        // Taken late means a moment after the answer.
        await EventuallyAsync(() => _simulator.Venue.Orders.Count == 1);
        Assert.Equal(OrderStatus.Filled, Done(await _exchange.OrderAsync(order, default)).Status);
        Assert.Single(_simulator.Venue.Orders);
    }

    [Theory]
    [InlineData("binance", SimFault.LostThenCut)]
    [InlineData("binance", SimFault.LostThenUnknown)]
    [InlineData("binance", SimFault.Maintenance)]
    [InlineData("coinbase", SimFault.LostThenCut)]
    [InlineData("coinbase", SimFault.Maintenance)]
    public async Task an_order_that_never_arrived_is_unknown_too_and_then_not_found(string name, SimFault fault)
    {
        await StartAsync(name, Faults.None.Then(fault));
        var order = Order("a", OrderPlacement.LimitIoc, TradeAction.Buy, 0.001m, 60_010);
        Assert.Equal(AnswerKind.Unknown, (await _exchange.PlaceAsync(order, default)).Kind);
        Assert.Equal(ExchangeRefusal.NotFound, (await _exchange.OrderAsync(order, default)).Refusal);
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task an_order_whose_key_came_too_late_is_not_sent_any_more(string name)
    {
        await StartAsync(name);
        // Longer than an order may wait between its intent and the call.
        _keyDelay = ExchangeOrder.SendWithin + TimeSpan.FromMilliseconds(200);
        var answer = await _exchange.PlaceAsync(Order("a", OrderPlacement.LimitIoc, TradeAction.Buy, 0.001m, 60_010), default);
        Assert.Equal((AnswerKind.Refused, "not sent within 3 s"), (answer.Kind, answer.Reason));
        Assert.Empty(_simulator.Venue.Orders);
    }

    [Fact]
    public async Task a_clock_that_is_set_right_while_it_runs_is_compared_again_on_coinbase()
    {
        await StartAsync("coinbase");
        _simulator.ClockOffset = TimeSpan.FromMinutes(-3);
        Done(await _exchange.BalancesAsync(default));
        _simulator.ClockOffset = TimeSpan.Zero;
        Assert.Equal(ExchangeRefusal.Key, (await _exchange.BalancesAsync(default)).Refusal);
        Done(await _exchange.BalancesAsync(default));
    }

    [Fact]
    public async Task a_used_client_order_id_buys_again_on_binance_which_is_why_nothing_is_sent_twice()
    {
        await StartAsync("binance");
        var order = Order("a", OrderPlacement.LimitIoc, TradeAction.Buy, 0.001m, 60_010);
        Done(await _exchange.PlaceAsync(order, default));
        Done(await _exchange.PlaceAsync(order, default));
        Assert.Equal(2, _simulator.Venue.Orders.Count(placed => placed.ClientId == "a"));
        var waits = Order("b", OrderPlacement.LimitGtc, TradeAction.Buy, 0.001m, 50_000);
        Done(await _exchange.PlaceAsync(waits, default));
        Assert.Equal(ExchangeRefusal.DuplicateId, (await _exchange.PlaceAsync(waits, default)).Refusal);
    }

    [Fact]
    public async Task an_ed25519_key_signs_as_well()
    {
        var pair = new Ed25519KeyPairGenerator();
        pair.Init(new Ed25519KeyGenerationParameters(new SecureRandom()));
        var made = pair.GenerateKeyPair();
        var pem = "-----BEGIN PRIVATE KEY-----\n"
            + $"{Convert.ToBase64String(PrivateKeyInfoFactory.CreatePrivateKeyInfo(made.Private).GetEncoded())}\n-----END PRIVATE KEY-----";
        var venue = NewVenue("binance");
        _simulator = new BinanceSimulator(venue, Faults.None, TimeProvider.System, "key",
            ((Ed25519PublicKeyParameters)made.Public).GetEncoded())
        { Ed25519Keys = true };
        await _simulator.StartAsync();
        var exchange = new BinanceSpot(_ => Task.FromResult(new BinanceKey("key", pem)), Options("USDT"), TimeProvider.System);
        _made.Add(exchange);
        Assert.Equal(OrderStatus.Filled,
            Done(await exchange.PlaceAsync(Order("a", OrderPlacement.LimitIoc, TradeAction.Buy, 0.001m, 60_010), default)).Status);
    }

    [Theory]
    [InlineData("binance", ExchangeRefusal.Signature)]
    [InlineData("coinbase", ExchangeRefusal.Key)]
    public async Task another_keys_signature_is_refused(string name, ExchangeRefusal refusal)
    {
        await StartAsync(name, wrongKey: true);
        Assert.Equal(refusal,
            (await _exchange.PlaceAsync(Order("a", OrderPlacement.Market, TradeAction.Buy, 0.001m, null), default)).Refusal);
        Assert.Empty(_simulator.Venue.Orders);
    }

    [Fact]
    public async Task clocks_that_are_apart_are_compared_and_when_they_drift_compared_again()
    {
        await StartAsync("binance");
        _simulator.ClockOffset = TimeSpan.FromMinutes(-3);
        Done(await _exchange.BalancesAsync(default));
        Assert.InRange(((BinanceSpot)_exchange).ClockOffset.TotalSeconds, -181, -179);
        _simulator.ClockOffset = TimeSpan.FromMinutes(4);
        // A question is asked again; an order is refused, and placed again by the caller, who has asked first.
        Assert.Equal(ExchangeRefusal.ClockSkew,
            (await _exchange.PlaceAsync(Order("a", OrderPlacement.Market, TradeAction.Buy, 0.001m, null), default)).Refusal);
        Done(await _exchange.PlaceAsync(Order("a", OrderPlacement.Market, TradeAction.Buy, 0.001m, null), default));
        _simulator.ClockOffset = TimeSpan.Zero;
        Done(await _exchange.BalancesAsync(default));
    }

    [Theory]
    [InlineData("binance", 429, ExchangeRefusal.RateLimited)]
    [InlineData("binance", 418, ExchangeRefusal.Banned)]
    [InlineData("coinbase", 429, ExchangeRefusal.RateLimited)]
    public async Task an_exchange_that_wants_to_be_left_alone_is(string name, int status, ExchangeRefusal refusal)
    {
        await StartAsync(name);
        Done(await _exchange.BalancesAsync(default));
        _simulator.RefuseAll(status, retryAfterSeconds: 120);
        var answer = await _exchange.PlaceAsync(Order("a", OrderPlacement.Market, TradeAction.Buy, 0.001m, null), default);
        Assert.Equal((refusal, TimeSpan.FromSeconds(120)), (answer.Refusal, answer.RetryAfter));
        var asked = _simulator.Count;
        _simulator.RefuseAll(0);
        Assert.Equal(refusal, (await _exchange.BalancesAsync(default)).Refusal);
        Assert.Equal(asked, _simulator.Count);
    }

    [Theory]
    [InlineData("binance", 451, ExchangeRefusal.Region)]
    [InlineData("binance", 403, ExchangeRefusal.Firewall)]
    [InlineData("coinbase", 451, ExchangeRefusal.Region)]
    [InlineData("coinbase", 403, ExchangeRefusal.Key)]
    public async Task a_region_that_is_not_served_and_a_firewall_have_names(string name, int status, ExchangeRefusal refusal)
    {
        await StartAsync(name);
        _simulator.RefuseAll(status);
        Assert.Equal(refusal, (await _exchange.BalancesAsync(default)).Refusal);
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task maintenance_is_unknown_and_ends(string name)
    {
        await StartAsync(name);
        _simulator.RefuseAll(503);
        Assert.Equal(AnswerKind.Unknown, (await _exchange.BalancesAsync(default)).Kind);
        _simulator.RefuseAll(0);
        Done(await _exchange.BalancesAsync(default));
    }

    [Fact]
    public async Task questions_that_can_wait_leave_the_rest_of_the_budget_to_orders()
    {
        await StartAsync("binance");
        ExchangeAnswer<IReadOnlyList<ExchangeBalance>> answer;
        var begin = Stopwatch.GetTimestamp();
        // 20 of 6000 each: four fifths are gone after 240, unless the minute ends in between.
        do
            answer = await _exchange.BalancesAsync(default);
        while (answer.IsDone && Stopwatch.GetElapsedTime(begin) < TimeSpan.FromMinutes(2));
        Assert.Equal(ExchangeRefusal.RateLimited, answer.Refusal);
        Assert.InRange(((BinanceSpot)_exchange).UsedWeight, 4801, 4900);
        Done(await _exchange.PlaceAsync(Order("a", OrderPlacement.Market, TradeAction.Buy, 0.001m, null), default));
    }

    [Fact]
    public async Task orders_are_refused_by_name_before_the_exchange_has_to_and_the_last_of_them_are_left_for_sales()
    {
        var clock = new ManualTime(new(2024, 3, 1, 12, 0, 0, TimeSpan.Zero));
        _simulator = new BinanceSimulator(NewVenue("binance"), Faults.None, clock, "key", "secret"u8.ToArray())
        { OrdersInTenSeconds = 5, OrdersInDay = 12 };
        await _simulator.StartAsync();
        _exchange = new BinanceSpot(_ => Task.FromResult(new BinanceKey("key", "secret")), Options("USDT"), clock);
        _made.Add((IDisposable)_exchange);
        Done(await _exchange.ProductAsync("BTC-USD", default));
        Task<ExchangeAnswer<OrderReport>> PlaceAsync(TradeAction side) =>
            _exchange.PlaceAsync(Order($"{Guid.NewGuid():N}", OrderPlacement.Market, side, 0.0005m, null), default);
        async Task RefusedAsync(TradeAction side, string reason)
        {
            var asked = _simulator.Count;
            var answer = await PlaceAsync(side);
            Assert.Equal((ExchangeRefusal.RateLimited, reason, asked), (answer.Refusal, answer.Reason, _simulator.Count));
            Assert.True(answer.RetryAfter > TimeSpan.Zero);
        }

        for (var orders = 0; orders < 4; orders++)
            Done(await PlaceAsync(TradeAction.Buy));
        await RefusedAsync(TradeAction.Buy, "HTTP 429: 4 of 5 orders in 10 s: the rest is left for sales");
        Done(await PlaceAsync(TradeAction.Sell));
        await RefusedAsync(TradeAction.Sell, "HTTP 429: 5 of 5 orders in 10 s");

        clock.Advance(TimeSpan.FromSeconds(20));
        for (var orders = 0; orders < 4; orders++)
            Done(await PlaceAsync(TradeAction.Sell));
        await RefusedAsync(TradeAction.Buy, "HTTP 429: 4 of 5 orders in 10 s: the rest is left for sales");
        clock.Advance(TimeSpan.FromSeconds(20));
        await RefusedAsync(TradeAction.Buy, "HTTP 429: 9 of 12 orders in a day: the rest is left for sales");
        // The exchange itself never had to refuse one.
        Assert.DoesNotContain(_simulator.Requests, request => request is { Method: "POST", Taken: false });
        clock.Advance(TimeSpan.FromDays(1));
        Done(await PlaceAsync(TradeAction.Buy));
    }

    [Fact]
    public async Task an_order_is_found_behind_many_others_on_coinbase()
    {
        await StartAsync("coinbase");
        ((CoinbaseSimulator)_simulator).PageSize = 7;
        for (var i = 0; i < 25; i++)
            _simulator.Venue.Place($"other-{i}", i % 2 == 0, SimKind.Market, 0.0005m, null, null);
        var order = Order("other-3", OrderPlacement.Market, TradeAction.Sell, 0.0005m, null);
        Assert.Equal(OrderStatus.Filled, Done(await _exchange.OrderAsync(order, default)).Status);
        Assert.True(Done(await _exchange.FillsAsync("BTC-USD", DateTimeOffset.UtcNow.AddMinutes(-1), default)).Count >= 25);
    }

    private static T Done<T>(ExchangeAnswer<T> answer)
    {
        Assert.True(answer.IsDone, answer.Reason);
        return answer.Value!;
    }

    private static async Task EventuallyAsync(Func<bool> holds)
    {
        var begin = Stopwatch.GetTimestamp();
        while (!holds() && Stopwatch.GetElapsedTime(begin) < TimeSpan.FromSeconds(30))
            await Task.Yield();
        Assert.True(holds());
    }

    private static ExchangeOrder Order(string id, OrderPlacement placement, TradeAction side, decimal quantity,
        decimal? limit, decimal? stop = null) =>
        Orders.Of(id, placement, side, quantity, limit, stop);

    private static Venue NewVenue(string name)
    {
        var venue = new Venue(new("BTC", name == "binance" ? "USDT" : "USD") { FeeInUnits = name == "binance" }, TimeProvider.System);
        venue.Deposit("BTC", 1);
        venue.Deposit(venue.Rules.Quote, 10_000);
        return venue;
    }

    private ExchangeOptions Options(string usd) => new(_simulator.Address, true, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5), usd);

    private async Task StartAsync(string name, Faults? faults = null, bool wrongKey = false)
    {
        var venue = NewVenue(name);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _simulator = name == "binance"
            ? new BinanceSimulator(venue, faults ?? Faults.None, TimeProvider.System, "key",
                wrongKey ? "another"u8.ToArray() : "secret"u8.ToArray())
            : new CoinbaseSimulator(venue, faults ?? Faults.None, TimeProvider.System, KeyId,
                (wrongKey ? other : _key).ExportSubjectPublicKeyInfoPem());
        await _simulator.StartAsync();
        var coinbase = new CoinbaseKey(KeyId, _key.ExportECPrivateKeyPem());
        _made.Add(coinbase);
        _exchange = name == "binance"
            ? new BinanceSpot(_ => KeyAsync(new BinanceKey("key", "secret")), Options("USDT"), TimeProvider.System)
            : new CoinbaseAdvanced(_ => KeyAsync(coinbase), Options("USD"), TimeProvider.System);
        _made.Add((IDisposable)_exchange);
    }

    private async Task<T> KeyAsync<T>(T key)
    {
        await Task.Delay(_keyDelay);
        return key;
    }
}
