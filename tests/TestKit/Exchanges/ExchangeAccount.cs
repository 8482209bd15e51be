using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.TestKit.Pipeline;

namespace Trading.TestKit.Exchanges;

/// <summary>Approved trades as RiskManager leaves them in the journal, in an account that trades on a simulated Binance.</summary>
internal static class ExchangeAccount
{
    public const string Account = "main";
    public const decimal CashUsd = 1_000_000;

    public static TradingSettings Settings(Uri exchange) => new()
    {
        Feed = FeedKind.Simulated, HttpPort = 0, SealIntervalSeconds = 0, Exchange = "binance", ExchangeTestNetwork = true,
        ExchangeUrl = exchange.ToString(), ExchangeTimeoutSeconds = 1,
        ExchangeReceiveWindowMilliseconds = 1000, ReconcileIntervalSeconds = 1, OrderAbsenceSeconds = 5, StartingCashUsd = CashUsd,
        MaxTradeAmountUsd = 1000,
    };

    /// <summary>Opens the account, if it is not open yet.</summary>
    public static async Task OpenAsync(TradeJournal journal, TradingSettings settings)
    {
        await journal.DecideAsync(Account, new OpenAccount(Account, "simulated", CashUsd, InProcessSystem.Start), "test", default);
        await journal.DecideAsync(Account, new SetLimits(settings.Limits(), "test", "test", InProcessSystem.Start), "test", default);
    }

    /// <summary>The trade of a number; the same each time.</summary>
    public static Guid TradeId(int number) => DerivedId.Trade(Prediction(number, 1).PredictionId);

    /// <summary>Approves the trade of a number, once: buys or, where there is enough to sell, sells as the number wants it.</summary>
    public static async Task<RiskAssessed> ApproveAsync(TradeJournal journal, int number, decimal price, decimal worstMargin,
        decimal quantity, bool sells, decimal? stop = null, ExitReason? exit = null, string symbol = InProcessSystem.Symbol)
    {
        var prediction = Prediction(number, price, symbol);
        var tradeId = DerivedId.Trade(prediction.PredictionId);
        while (true)
        {
            var (account, version) = (await journal.AccountAsync(Account, default))!;
            var side = sells && account.FreeQuantity(symbol) >= quantity ? TradeAction.Sell : TradeAction.Buy;
            var worst = side == TradeAction.Buy ? price + worstMargin : price - worstMargin;
            var order = new Order(symbol, side, quantity, worst,
                side == TradeAction.Buy ? Money.RoundUp(quantity * worst * 1.01m) : 0) with
            {
                Type = stop is null ? OrderType.Market : OrderType.Stop,
                StopPrice = stop,
                Exit = exit,
            };
            var now = DateTimeOffset.UtcNow;
            var assessment = new Assessment(
                Account, side, Verdict.Approved, null, order, [], account.LimitsVersion, version, account.CashUsd, account.ReservedUsd(),
                account.PositionIn(symbol).Quantity, account.EquityUsd(symbol, price), 0, now, now.AddDays(1));
            if (await journal.AppendAsync(
                [
                    new(Trade.StreamId(tradeId), 0, Trade.Assess(new(tradeId, prediction, assessment))),
                    new(Portfolio.StreamId(Account), version, Portfolio.Decide(new ReserveFunds(tradeId, order, now), account)),
                ], new(tradeId, "test"), default))
                return new(tradeId, prediction, assessment);
            if (await journal.TradeAsync(tradeId, default) is { } known)
                return known.State.Assessed();
        }
    }

    /// <summary>Approves the trade of a number as a stop for all that is free, once; null where that is too little.</summary>
    public static async Task<RiskAssessed?> SetStopAsync(TradeJournal journal, int number, decimal price, decimal stop)
    {
        var (account, version) = (await journal.AccountAsync(Account, default))!;
        var quantity = Math.Floor(account.FreeQuantity(InProcessSystem.Symbol) / 0.00001m) * 0.00001m;
        if (quantity < 0.0005m)
            return null;
        var (prediction, now) = (Prediction(number, price), DateTimeOffset.UtcNow);
        var tradeId = DerivedId.Trade(prediction.PredictionId);
        var order = new Order(InProcessSystem.Symbol, TradeAction.Sell, quantity, stop - 50, 0, OrderType.Stop,
            StopPrice: stop, Exit: ExitReason.StopLoss);
        var assessment = new Assessment(
            Account, TradeAction.Sell, Verdict.Approved, null, order, [], account.LimitsVersion, version, account.CashUsd,
            account.ReservedUsd(), account.PositionIn(InProcessSystem.Symbol).Quantity,
            account.EquityUsd(InProcessSystem.Symbol, price), 0, now, now.AddDays(1));
        return await journal.AppendAsync(
            [
                new(Trade.StreamId(tradeId), 0, Trade.Assess(new(tradeId, prediction, assessment))),
                new(Portfolio.StreamId(Account), version, Portfolio.Decide(new ReserveFunds(tradeId, order, now), account)),
            ], new(tradeId, "test"), default) ? new(tradeId, prediction, assessment) : null;
    }

    private static PredictionMade Prediction(int number, decimal price, string symbol = InProcessSystem.Symbol) =>
        InProcessSystem.Rise(InProcessSystem.Price(price, InProcessSystem.Start.AddMinutes(number), symbol));
}
