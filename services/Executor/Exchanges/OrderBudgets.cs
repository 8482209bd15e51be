namespace Trading.Services.Exchanges;

/// <summary>The exchange's limits on how many orders may be placed in an interval, and how many have been placed.</summary>
internal sealed class OrderBudgets(TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, OrderBudget> _budgets = [];

    /// <summary>Sets a limit on the orders of an interval.</summary>
    /// <param name="header">The header in which replies report how many there were.</param>
    /// <param name="interval">The interval.</param>
    /// <param name="most">Most orders in it; above 0.</param>
    public void Limit(string header, TimeSpan interval, int most)
    {
        lock (_gate)
        {
            if (!_budgets.TryGetValue(header, out var budget))
                _budgets.Add(header, budget = new(interval));
            budget.Most = most;
        }
    }

    /// <summary>
    /// Counts an order that is about to be sent; returns a refusal instead when the exchange would refuse this order or ban for it.
    /// </summary>
    /// <param name="sale">Whether it sells: the last part of each budget is kept for sales, which make positions smaller.</param>
    public ExchangeReply? Refusal(bool sale)
    {
        lock (_gate)
        {
            foreach (var budget in _budgets.Values.Where(budget => budget.End.IsAhead))
            {
                if (budget.Count >= (sale ? budget.Most : Math.Max(1, (int)(budget.Most * ExchangeHttp.BudgetForAll))))
                    return new(429, default, budget.End.Left, $"{budget.Count} of {budget.Most} orders in "
                        + $"{Words(budget.Interval)}{(budget.Count < budget.Most ? ": the rest is left for sales" : "")}");
            }
            foreach (var budget in _budgets.Values)
                budget.Counted(budget.End.IsAhead ? budget.Count + 1 : 1, clock);
            return null;
        }
    }

    /// <summary>Takes the counts that a reply reports.</summary>
    /// <param name="header">Reads a header of the reply; null when it is missing.</param>
    public void Count(Func<string, int?> header)
    {
        lock (_gate)
        {
            foreach (var (name, budget) in _budgets)
            {
                if (header(name) is { } count)
                    budget.Counted(count, clock);
            }
        }
    }

    private static string Words(TimeSpan interval) =>
        interval >= TimeSpan.FromDays(1) ? "a day" : FormattableString.Invariant($"{interval.TotalSeconds} s");

    // The exchange does not report when its interval begins, so a count is kept for a whole interval. A day ends at midnight UTC.
    private sealed class OrderBudget(TimeSpan interval)
    {
        public TimeSpan Interval => interval;

        public int Most { get; set; }

        public int Count { get; private set; }

        public Deadline End { get; private set; }

        public void Counted(int count, TimeProvider clock) => (Count, End) = (count,
            new(clock, interval == TimeSpan.FromDays(1) ? interval - clock.GetUtcNow().TimeOfDay : interval));
    }
}
