using System.Text.Json;

namespace Trading.Services.Exchanges;

/// <summary>
/// The portfolio of a Coinbase key (key_permissions). A key trades with the money of its own portfolio alone; what lies in another one is
/// not the account's, anyone who lists it.
/// </summary>
internal sealed class CoinbasePortfolio(CoinbaseRest rest)
{
    private const string None = "";

    private string? _known;

    /// <summary>What the key may do. It is bound to addresses or not, which the exchange does not tell.</summary>
    public async Task<ExchangeAnswer<KeyRights>> RightsAsync(CancellationToken cancellation) => CoinbaseAnswers.Read(
        await AskAsync(cancellation), body => new KeyRights(
            !body.HasFlag("can_trade") ? throw new FormatException("can_trade is missing")
                : body.Flag("can_trade") ? null : "it needs the rights view and trade of one portfolio",
            body.Flag("can_transfer"), null));

    /// <summary>The portfolio's id, asked for until it is told once; empty where the exchange tells none.</summary>
    public async Task<ExchangeAnswer<string>> KnowAsync(CancellationToken cancellation)
    {
        if (_known is not null)
            return ExchangeAnswer.Done(_known);
        var told = CoinbaseAnswers.Read(await AskAsync(cancellation), body => body.HasFlag("can_trade")
            ? body.Text("portfolio_uuid") ?? None : throw new FormatException("can_trade is missing"));
        // The sandbox does not know the question.
        if (told is { Kind: AnswerKind.Refused, Refusal: ExchangeRefusal.NotFound })
            told = ExchangeAnswer.Done(None);
        if (told.IsDone)
            _known = told.Value;
        return told;
    }

    /// <summary>Whether an account of the list belongs to a portfolio; one that names none does.</summary>
    public static bool Has(JsonElement account, string portfolio) =>
        portfolio == None || account.Text("retail_portfolio_id") is not { } named || named == portfolio;

    private Task<ExchangeReply> AskAsync(CancellationToken cancellation) =>
        rest.SendAsync(HttpMethod.Get, $"{CoinbaseRest.Root}/key_permissions", "", null, true, cancellation);
}
