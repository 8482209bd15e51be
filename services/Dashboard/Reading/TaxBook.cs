using System.Text.Json.Serialization;
using Trading.Core;

namespace Trading.Dashboard.Reading;

/// <summary>The sales of a year, lot by lot.</summary>
public sealed class TaxSales
{
    private readonly List<TaxDisposal> _disposals = [];

    /// <summary>A year without sales.</summary>
    public static TaxSales None { get; } = new();

    /// <summary>Units of one lot that one sale took, the first sale first.</summary>
    public IReadOnlyList<TaxDisposal> Disposals => _disposals;

    /// <summary>What the sales brought, fees taken off.</summary>
    public decimal ProceedsUsd { get; private set; }

    /// <summary>What their units had cost, fees included.</summary>
    public decimal CostUsd { get; private set; }

    internal void Add(TaxDisposal disposal)
    {
        _disposals.Add(disposal);
        ProceedsUsd += disposal.ProceedsUsd;
        CostUsd += disposal.CostUsd;
    }
}

/// <summary>
/// Lots and sales of all years by one method. It goes on with each settlement: a question costs the same however many there are.
/// </summary>
/// <param name="method">Which units a sale uses.</param>
public sealed class TaxFold(TaxMethod method)
{
    private readonly TaxLots _lots = new(method);
    private readonly Dictionary<int, TaxSales> _years = [];
    private DateTimeOffset _at = DateTimeOffset.MinValue;
    private int _taken;

    /// <summary>The lots that are not sold.</summary>
    public IEnumerable<TaxLot> Open => _lots.Open;

    /// <summary>Why the settlements make no lots; null where they do.</summary>
    public string? Impossible { get; private set; }

    /// <summary>The sales of a year (UTC).</summary>
    public TaxSales In(int year) => _years.GetValueOrDefault(year) ?? TaxSales.None;

    /// <summary>Takes the settlements that were booked since it was last asked to.</summary>
    /// <param name="settlements">All, in the order in which they were booked.</param>
    /// <returns>Whether it could go on: not behind one that was executed before the last that was taken.</returns>
    internal bool GoOn(IReadOnlyList<TradeSettled> settlements)
    {
        // By the time of execution: an order that waits on an exchange may be booked after a later one.
        var added = settlements.Skip(_taken).OrderBy(settled => settled.At).ToList();
        if (added.Count > 0 && added[0].At < _at)
            return false;
        _taken = settlements.Count;
        try
        {
            foreach (var settled in Impossible is null ? added : [])
            {
                _at = settled.At;
                foreach (var disposal in _lots.Take(settled))
                    Year(disposal.SoldAt.UtcDateTime.Year).Add(disposal);
            }
        }
        catch (InvalidOperationException impossible)
        {
            Impossible = impossible.Message;
        }
        return true;
    }

    private TaxSales Year(int year) => _years.TryGetValue(year, out var known) ? known : _years[year] = new();
}

/// <summary>The settlements of an account, and the lots and sales that they make.</summary>
public sealed class TaxBook
{
    private readonly Dictionary<TaxMethod, TaxFold> _folds = [];

    [JsonIgnore]
    internal List<TradeSettled> Settlements { get; set; } = [];

    /// <summary>Takes the next settlement of the account.</summary>
    public void Add(TradeSettled settled) => Settlements.Add(settled);

    /// <summary>Lots and sales by a method.</summary>
    public TaxFold Of(TaxMethod method)
    {
        if (!_folds.TryGetValue(method, out var fold) || !fold.GoOn(Settlements))
        {
            _folds[method] = fold = new(method);
            fold.GoOn(Settlements);
        }
        return fold;
    }
}
