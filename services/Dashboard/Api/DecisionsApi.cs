using Trading.Contracts;
using Trading.Dashboard.Answers;
using Trading.Dashboard.Reading;
using Trading.Hosting.Secrets;
using Trading.Hosting.Sealing;
using Trading.Hosting.Settings;

namespace Trading.Dashboard.Api;

/// <summary>The public key that seals are checked with.</summary>
/// <param name="Key">name+hash+key; null where this program knows none.</param>
public sealed record SealKeyReport(string? Key);

/// <summary>The words that filters of decisions take.</summary>
/// <param name="Actions">What may be asked for.</param>
/// <param name="Outcomes">How a decision may end, with no-hold for all but holds and approved for all that had an order.</param>
/// <param name="Rules">The rules that may refuse, in the order in which they are applied.</param>
public sealed record DecisionWords(IReadOnlyList<string> Actions, IReadOnlyList<string> Outcomes, IReadOnlyList<string> Rules);

/// <summary>Decisions, one or many, and their proofs.</summary>
internal static class DecisionsApi
{
    private static readonly DecisionWords Words = new(
        QueryWords.All<TradeAction>(), ["no-hold", "hold", "refused", "approved", "open", .. QueryWords.All<TradeOutcome>()],
        QueryWords.All<RiskRule>());

    /// <summary>Maps them.</summary>
    public static void MapDecisions(this RouteGroupBuilder api)
    {
        api.MapGet("/decisions", ListAsync).WithTags("decisions").WithSummary("Decisions, holds and refusals included, newest first")
            .WithDescription($"The newest {DecisionList.Most:N0}; trading audit list has all.");
        api.MapGet("/decisions/words", () => new Answer<DecisionWords>(Words)).WithTags("decisions")
            .WithSummary("The words that the filters of decisions take");
        api.MapGet("/decisions/{tradeId:guid}", DecisionAsync).WithTags("decisions")
            .WithSummary("A decision with quotes, models, checks, order, fills and every event").ProducesProblem(404);
        api.MapGet("/events/{sequence:long}/proof", ProofAsync).WithTags("decisions")
            .WithSummary("An event with the proof that the last checkpoint covers it (docs/audit-format.md)")
            .Produces<string>(200, "application/json").ProducesProblem(404);
        api.MapGet("/seal-key", KeyAsync).WithTags("audit").WithSummary("The public key of the seal, as this program knows it");
    }

    private static async Task<Answer<Page<DecisionRow>>> ListAsync(
        Journaled journaled, string? symbol, string? action, string? outcome, string? refusedBy, DateTimeOffset? from, DateTimeOffset? to,
        long? before, int? limit, CancellationToken cancellation)
    {
        var (asked, rule) = (QueryWords.Of<TradeAction>("action", action), QueryWords.Of<RiskRule>("refusedBy", refusedBy));
        if (outcome is not null && !Words.Outcomes.Contains(outcome))
            throw Problems.Wrong("outcome", string.Join(" or ", Words.Outcomes), outcome);
        var rows = await journaled.ReadAsync(view => view.Decisions.Rows, cancellation);
        // Most ask for the newest of all: those are found without a look at the others.
        if (symbol is not null || asked is not null || outcome is not null || rule is not null || from is not null || to is not null)
            rows = [.. rows.Where(row => (symbol is null || row.Symbol == symbol) && (asked is null || row.Action == asked)
                && (outcome is null || row.Outcome == outcome || (outcome == "approved" && row.Outcome is not ("hold" or "refused"))
                    || (outcome == "no-hold" && row.Outcome != "hold"))
                && (rule is null || row.RefusedBy == rule) && (from is null || row.PriceAt >= from)
                && (to is null || row.PriceAt < to))];
        return new(Paging.Of(rows, row => row.Sequence, before, limit));
    }

    private static async Task<Answer<DecisionStory>> DecisionAsync(DashboardDatabase database, Guid tradeId,
        CancellationToken cancellation) =>
        new(await DecisionStory.ReadAsync(database.Journal, tradeId, cancellation)
            ?? throw Problems.NotFound($"no decision is {tradeId}"));

    private static async Task<IResult> ProofAsync(ProofTree tree, long sequence, CancellationToken cancellation) =>
        Results.Text(await tree.ProofAsync(sequence, cancellation)
            ?? throw Problems.NotFound($"event {sequence} is not sealed: there is no such event, or it is not sealed yet"),
                "application/json");

    private static async Task<Answer<SealKeyReport>> KeyAsync(
        TradingSettings settings, ISecretStore secrets, CancellationToken cancellation)
    {
        try
        {
            return new(new((await SealKeys.PublicKeyAsync(settings, secrets, cancellation))?.ToString()));
        }
        catch (Exception unknown) when (unknown is Journal.Keys.SealKeyException or SecretException)
        {
            // A dashboard need not know the key: its reader does.
            return new(new(null));
        }
    }
}
