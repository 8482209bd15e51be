using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Trading.Core.Tests;

/// <summary>
/// The wire and journal format, one file for each record. What has been written stays readable for ever: a file here never changes, a new
/// shape gets a new event and a new file.
/// </summary>
public partial class GoldenTests
{
    private static readonly DateTimeOffset At = new(2024, 3, 1, 12, 5, 0, TimeSpan.Zero);
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "Core.Tests", "golden");

    private static readonly PriceObserved Price = new(
        DerivedId.Price("BTC-USD", 300, At), "BTC-USD", At, 300, At.AddMilliseconds(1250), 61_234.565m, "USD,USDT",
        1_234_567_890.12m, 1_203_456_789_012m,
        -1.25m, Simulated: false, new(30, 1.5m, 2, ["USD", "USDT"]),
        [
            new(new("binance", "USDT", 61_234.57m, 1_234_567_890.12m, null, -1.25m, At.AddMilliseconds(900)), null),
            new(new("coinbase", "USD", 61_234.56m, null, null, null, At.AddMilliseconds(800)), null),
            new(new("coingecko", "USD", 65_000.0m, null, 1_203_456_789_012m, null, At.AddSeconds(-20)), QuoteRejection.Outlier),
        ],
        [new("kraken", "time-out after 10 s")]);

    private static readonly PredictionMade Prediction = new(
        DerivedId.Prediction(Price.PriceId), Price,
        new(311, 61_200.5, 61_100.25, 0.0015, 0.00042, 113, 187, "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
        [new("technical", 61_280.1, Direction.Up, 0.5942, null), new("bedrock", null, null, null, "time-out after 30 s")],
        new(61_280.1, 0.0743, Direction.Up, 0.5942, 1, 1), 3600, At.AddSeconds(2), At.AddSeconds(240),
        [new("technical", 1.25, 1201, null),
            new("bedrock", 0, 980, "worse than no change over 700 predictions: mean skill -0.0210, 48.3 % came true")]);

    private static readonly RiskLimits Limits = new(
        new(0.05, 0.55), 0.5, 100, 0.5m, 0.1m, 0.05m, 120, 0.5m, 0.1m, 0.00001m, 5);

    private static readonly Guid TradeId = DerivedId.Trade(Prediction.PredictionId);

    private static readonly Order Order = new("BTC-USD", TradeAction.Buy, 0.00096m, 61_540.737825m, 59.13818761m);

    private static readonly Assessment Assessment = new(
        "main", TradeAction.Buy, Verdict.Approved, null, Order,
        [new(RiskRule.TradingState, 0, 0, true), new(RiskRule.PriceAge, 0.75m, 120, true), new(RiskRule.Confidence, 0.5942m, 0.5m, true)],
        1, 17, 9_876.54m, 59.14m, 0.00321m, 10_073.10m, 0.039, At.AddSeconds(2), At.AddSeconds(240));

    private static readonly Execution Execution = new(
        TradeOutcome.PartiallyFilled, "paper", true, DerivedId.ClientOrderId(TradeId), "1234567", 0.0005m, 61_250.01m,
        0.03062501m, "the rest was cancelled",
        At.AddSeconds(3));

    private static readonly object[] Records =
    [
        Price, Prediction, new RiskAssessed(TradeId, Prediction, Assessment),
        new TradeExecuted(TradeId, new(TradeId, Prediction, Assessment), Execution),

        new AccountOpened("main", "recorded", 10_000.00m, At), new LimitsSet(1, Limits, "operator", "start", At),
        new FundsReserved(TradeId, Order, At),
        new ReservationReleased(TradeId, TradeOutcome.Expired, "older than 240 s", At),
        new TradeSettled(TradeId, "BTC-USD", TradeAction.Buy, 0.0005m, 61_250.01m, 0.03062501m, At, 0.0000005m),
        new TradingHalted("kim", "flash crash", At),
        new TradingReduced("kim", "weekend", At), new TradingResumed("kim", "calm again", At),
        new CashAdjusted(-250.50m, "kim", "withdrawn", At),

        new SymbolStateSet("ETH-USD", TradingState.Reducing, "kim", "delisting", At), new FlattenOrdered("kim", "off for the weekend", At),
        new PriceMarked("BTC-USD", 61_234.56m, At),
        new MarksSet("BTC-USD", 61_234.56m, "kim", "a false date", At),
        new LimitLatched(RiskRule.Drawdown, 0.1034m, 0.1m, 1, "BTC-USD", 55_234.56m, At),
        new ExitProposed(DerivedId.Exit(Price.PriceId, ExitReason.StopLoss), Price,
            new(ExitReason.StopLoss, 57_950m, 61_000m, 61_234.56m, At.AddHours(-3))),

        new TradeProposed(TradeId, Prediction), new TradeAssessed(Assessment),
        new OrderPlaced(DerivedId.ClientOrderId(TradeId), "paper", true, new(0.1m, 0.02m, 0.01m, 0.01m), Order, At,
            new(OrderPlacement.LimitIoc, 0.00096m, 61_540.73m, null)),
        new OrderFilled("1234567", "1234567-1", 0.0005m, 61_250.01m, 0.03062501m, At, "BTC", 0.0000005m, 0.0000005m),
        new OrderAcknowledged("1234567", At),
        new OrderReplaced(new(OrderPlacement.Market, 0.00096m, null, null), "FAILED on coinbase", At,
            DerivedId.ReplacementOrderId(TradeId)),
        new OrderRejected("insufficient balance", At), new OrderCancelled("the rest was cancelled", At),
        new OrderUnknown("HTTP 503", At), new TradeClosed(Execution),

        new ProgramStarted("risk-manager", "0f3b5c7d9e11", "1.2.0", "9911927",
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "prod", "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae", ["MaxTradeAmountUsd=50", "Profile=prod"],
            [new("technical", null), new("learned", "fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9")], 3, 1, ["s3"], At),
        new ModelReplaced("predictor", new("boosted", "fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9",
            At.AddDays(-1), new(12_345, 0.5123, 0.249875)), At),
        new ProgramStopped("risk-manager", "0f3b5c7d9e11", At),
        new PricesCommitted("BTC-USD", 60, new(2024, 2, 29), "binance", 1709251140, 1440,
            "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae", At),
        new SegmentArchived("2024-02", 1200, 84_000, 1210, 85_300, "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
            12_345_678, 83_000, "fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9", "kim", "a year is enough", At),
        new CheckpointsThinned([new(3600, "Jwassc6npko9eVggDh0ch1oxnQwIgkqYvJIYsNw7NCU=", 7200,
            "JUDz9yBkXneUHHzB5dwtTYGp6kgSIpj1RUqp5w21jXc=")],
            At),
        new AccountStated("account-main", 5000, "{}", At),

        new ReconciliationBegan("binance", At), new ReconciliationPassed("binance", At),
        new ExternalOrderFound("1234568", "web_1", "BTC-USD", TradeAction.Sell, 0.25m, 70_000m, At),
        new ExternalFillFound("1234569", "98765", null, "BTC-USD", TradeAction.Buy, 0.25m, 61_250.01m,
            0.00025m, "BTC", At.AddSeconds(-40), At),
        new ExternalBalanceFound("USDT", 9_876.54m, 9_776.54m, At), new ExternalDifferenceEnded("order/1234568", At),
        new ExternalDifferencesAccepted("kim", "paid out by hand", At),
        new ExternalFillBooked("1234569", "98765", "BTC-USD", TradeAction.Sell, 0.25m, 61_250.01m, 15.3125m, At.AddSeconds(-40),
            "reconciliation", "sold on binance by somebody else", At, TradeId, 0.00000025m, "BNB", 0.01m, 6.12m),
        new PositionAdopted("ETH-USD", 1.5m, 3_000m, 100m, "kim", "bought by hand", At),
        new PositionWrittenOff("ETH-USD", 0.5m, 2_900m, "kim", "sold elsewhere", At),
        new PositionCorrected("ETH-USD", 0.999m, "kim", "counted", At), new ExternalOrderAdopted("1234568", "kim", "mine", At),
        new ImplausibleFillFound(TradeId, "a price of 1000000 on a purchase limited to 61540.73", 0.00096m, 0.00096m, At),
        new ExchangeClockOff("binance", -300.1m, At),
        new RealTradingAnnounced("binance/main/BTC-USD/10000", "Real trading on binance", At),
        new ProductRulesSeen("binance", new("BTC-USD", "BTCUSDT", "BTC", "USDT", true, [OrderPlacement.LimitIoc, OrderPlacement.Market],
            0.01m, 0.01m, 1_000_000, 0.00001m, 0.00001m, 9000, 120, 5, 9_000_000, 5, 0.2m, 5, 0.2m, 200), At),
        new RealTradingConfirmed("binance/main/BTC-USD/10000", "kim", "first day", At),
        new PredictionScored(
            Prediction.PredictionId, "technical", "BTC-USD", At, 3600, Price.Price, new(61_280.1, Direction.Up, 0.5942),
            At.AddHours(1), 61_250.01m, 0.0833,
            new(true, 0.0491, 0.0252, 0.1647, 0.25), new(1201, 977, 512, 99.5, 31.25, 30.75, 80.25, 42.5, 1.625)),
        new OperatorCommanded("halt", "kim", "to be sure", At), new CancelRequested("kim", "wrong symbol", At),

        new FieldRedacted(17, "account-main", 4, "reason", "kim", "names a customer", At),
    ];

    public static TheoryData<string> Names => [.. Records.Select(record => Name(record.GetType()))];

    [Theory]
    [MemberData(nameof(Names))]
    public void a_record_is_written_as_it_always_was(string name) =>
        Assert.Equal(Golden(name), Json.Text(Records.Single(record => Name(record.GetType()) == name)));

    [Theory]
    [MemberData(nameof(Names))]
    public void a_record_of_old_is_read_without_losing_anything(string name)
    {
        var type = Records.Single(record => Name(record.GetType()) == name).GetType();

        Assert.Equal(Golden(name), Json.Text(Json.Read(Golden(name), type)));
    }

    [Fact]
    public void every_event_and_every_message_has_its_golden_file_and_no_file_is_left_over()
    {
        var types = typeof(IAccountEvent).Assembly.GetTypes()
            .Where(type => !type.IsInterface && (type.IsAssignableTo(typeof(IAccountEvent)) || type.IsAssignableTo(typeof(ITradeEvent))
                || type.IsAssignableTo(typeof(IAuditEvent)) || type.IsAssignableTo(typeof(IModelEvent))))
            .Concat([typeof(PriceObserved), typeof(PredictionMade), typeof(RiskAssessed), typeof(TradeExecuted)]);

        Assert.Equal(types.Select(Name).Order(), Records.Select(record => Name(record.GetType())).Order());
        Assert.Equal(types.Select(type => $"{Name(type)}.v1.json").Order(), Directory.GetFiles(Folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void a_prediction_from_before_there_were_weights_is_read_as_one_without()
    {
        var old = System.Text.Json.Nodes.JsonNode.Parse(Golden("prediction_made"))!.AsObject();
        Assert.True(old.Remove("weights"));

        Assert.Null(((PredictionMade)Json.Read(old.ToJsonString(), typeof(PredictionMade))).Weights);
    }

    // The bus routes by these names: a renamed type or name space is a message that no queue receives.
    [Theory]
    [InlineData(typeof(PriceObserved), "Trading.Contracts:PriceObserved")]
    [InlineData(typeof(PredictionMade), "Trading.Contracts:PredictionMade")]
    [InlineData(typeof(RiskAssessed), "Trading.Contracts:RiskAssessed")]
    [InlineData(typeof(TradeExecuted), "Trading.Contracts:TradeExecuted")]
    public void a_message_keeps_its_name_on_the_wire(Type message, string identity) =>
        Assert.Equal(identity, $"{message.Namespace}:{message.Name}");

    [Fact]
    public void an_account_is_read_back_from_its_snapshot()
    {
        var account = Given.Account(
            Given.Bought(0.5m, 61_234.56m, fee: 1.5m), Given.Bought(2, 50) with { Symbol = "ETH-USD" },
            Given.Reserved(Given.Buy(3), trade: 2), Given.Reserved(Given.Sell(0.25m), trade: 3), new TradingReduced("kim", "weekend", At));

        var read = (Portfolio)Json.Read(Json.Text(account), typeof(Portfolio));

        Assert.Equal(Json.Text(account), Json.Text(read));
        Assert.Equal(account.Positions.ToArray(), read.Positions.ToArray());
        Assert.Equal(account.Reservations.ToArray(), read.Reservations.ToArray());
        Assert.Equal(
            account with
            {
                Positions = Portfolio.Evolve(null, Given.Opened).Positions,
                Reservations = ImmutableSortedDictionary<Guid, Order>.Empty,
                LastOrders = null
            },
            read with
            {
                Positions = Portfolio.Evolve(null, Given.Opened).Positions,
                Reservations = ImmutableSortedDictionary<Guid, Order>.Empty,
                LastOrders = null
            });
    }

    [Fact]
    public void a_trade_is_read_back_from_its_snapshot()
    {
        ITradeEvent[] happened = [new TradeProposed(TradeId, Prediction), new TradeAssessed(Assessment),
            Records.OfType<OrderPlaced>().Single(), Records.OfType<OrderFilled>().Single()];
        var trade = happened.Aggregate((Trade?)null, Trade.Evolve)!;

        var read = (Trade)Json.Read(Json.Text(trade), typeof(Trade));

        Assert.Equal(Json.Text(trade), Json.Text(read));
        Assert.Equal(trade.Fills.ToArray(), read.Fills.ToArray());
    }

    private static string Golden(string name) => File.ReadAllText(Path.Combine(Folder, $"{name}.v1.json"));

    private static string Name(Type type) => WordStart().Replace(type.Name, "_").ToLowerInvariant();

    [GeneratedRegex("(?<=[a-z])(?=[A-Z])")]
    private static partial Regex WordStart();
}
