using Trading.Core;
using Trading.Hosting.Background;
using Trading.Hosting.Secrets;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Journal.Postgres;

namespace Trading.Services.Exchanges;

/// <summary>
/// Checks at the start what would go wrong later: a key that is missing, of the wrong kind or may not trade, a symbol that the exchange
/// does not list, not trade or pay in another currency, and less money than the account would begin with. Each ends the program with one
/// line. An exchange that does not answer is no reason: what is missing is asked for later.
/// </summary>
public sealed class ExchangeStart(IExchange exchange, ProductCache products, TradeJournal journal, TradingSettings settings,
    ILogger<ExchangeStart> log) : StartStep
{
    /// <inheritdoc/>
    public override async Task StartingAsync(CancellationToken cancellationToken)
    {
        try
        {
            await exchange.CheckKeyAsync(cancellationToken);
        }
        catch (Exception wrong) when (wrong is SecretException or ExchangeKeyException)
        {
            throw new StartException(wrong.Message);
        }
        if (exchange.IsPaper)
            return;
        await CheckRightsAsync(cancellationToken);
        if (settings is { EnableRealTrading: true, JournalReplication: ReplicationKind.Synchronous }
            && await Replication.LacksAsync(journal.Database, cancellationToken) is { } lacking)
            throw new StartException($"real trading needs a journal that forgets no commit, and {lacking} on its server: docs/security.md "
                + "says how it is set up; Trading:JournalReplication=storage where the storage keeps the copies, =alone to go without");
        var account = (await journal.AccountAsync(settings.Account, cancellationToken))?.State;
        foreach (var symbol in settings.Symbols)
            await CheckSymbolAsync(symbol, account, cancellationToken);
        await CheckCashAsync(account, cancellationToken);
    }

    // What the exchange does not say now shows when it refuses something.
    private async Task CheckRightsAsync(CancellationToken cancellation)
    {
        var rights = await exchange.KeyRightsAsync(cancellation);
        if (!rights.IsDone)
        {
            log.LogWarning("The rights of the key on {Exchange} are not checked: {Reason}", exchange.Name, rights.Reason);
            return;
        }
        if (rights.Value.Lacks is { } lacks)
            throw new StartException($"Trading:ExchangeSecret: {exchange.Name} says that the key may not trade: {lacks}");
        if (rights.Value.MovesMoney == true)
            log.LogWarning("The key on {Exchange} may withdraw or transfer money: take that right away, this program never needs it and a "
                + "thief would", exchange.Name);
        if (rights.Value.BoundToAddress == false)
            log.LogWarning("The key on {Exchange} works from every address: restrict it to this machine's", exchange.Name);
    }

    private async Task CheckSymbolAsync(string symbol, Portfolio? account, CancellationToken cancellation)
    {
        var answer = await products.AskAsync(symbol, cancellation);
        var wrong = answer switch
        {
            { IsDone: true, Value: { } product } when product.QuoteAsset != ExchangeSymbol.Of(symbol, settings.UsdOnExchange()).Quote
                || product.BaseAsset != ExchangeSymbol.Of(symbol, settings.UsdOnExchange()).Base =>
                $"is {product.BaseAsset} in {product.QuoteAsset} there",
            { IsDone: true, Value.Trading: false } => "is not traded there now",
            { Kind: AnswerKind.Refused, Refusal: ExchangeRefusal.NotTraded or ExchangeRefusal.NotFound } =>
                $"is not listed there: {answer.Reason}",
            _ => null,
        };
        if (wrong is null)
            return;
        // What is held must be watched and sold all the same.
        if (account?.PositionIn(symbol).Quantity > 0)
            log.LogError("Trading:Symbols: {Symbol} on {Exchange} {Wrong}; a position in it is held", symbol, exchange.Name, wrong);
        else
            throw new StartException($"Trading:Symbols: {symbol} on {exchange.Name} {wrong}");
    }

    // Before the account was ever compared with an exchange: later the comparison tells each difference.
    private async Task CheckCashAsync(Portfolio? account, CancellationToken cancellation)
    {
        if (account is { External: not null } || (account is null && settings.OpensFromExchange()))
            return;
        var balances = await exchange.BalancesAsync(cancellation);
        if (!balances.IsDone)
            return;
        var there = balances.Value.Where(balance => balance.Asset == settings.UsdOnExchange()).Sum(balance => balance.Total);
        var wanted = account?.CashUsd ?? settings.StartingCashUsd;
        if (there < wanted)
            throw new StartException(FormattableString.Invariant(
                $"{exchange.Name} holds {there.Plain()} {settings.UsdOnExchange()}, and the account {settings.Account} ")
                + FormattableString.Invariant($"{(account is null ? "would begin" : "has begun")} with {wanted.Plain()}: pay in, set ")
                + "Trading:StartingCashUsd to what is there, or to exchange"
                + (account is null ? "" : ", or book it: trading control withdraw"));
    }
}
