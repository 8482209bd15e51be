namespace Trading.TestKit.Exchanges;

/// <summary>What goes wrong with a request.</summary>
public enum SimFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The order is taken and the connection is cut before the answer.</summary>
    TakenThenCut,

    /// <summary>The order is taken and the answer never comes: the caller's time-out ends it.</summary>
    TakenThenSilent,

    /// <summary>The order is taken and the answer is 500, -1007: execution status unknown.</summary>
    TakenThenUnknown,

    /// <summary>The order is taken and the answer is 502 with a page of HTML.</summary>
    TakenThenGateway,

    /// <summary>The order is taken and the answer is 408 with a page of HTML.</summary>
    TakenThenTimeout,

    /// <summary>The order is taken and something between answers 200 with an empty object.</summary>
    TakenThenOdd,

    /// <summary>The order is taken only after the answer -1006.</summary>
    TakenLate,

    /// <summary>The order is taken and the next questions do not find it yet.</summary>
    TakenAndHidden,

    /// <summary>The order is not taken and the answer is 500, -1000.</summary>
    LostThenUnknown,

    /// <summary>The order is not taken and the connection is cut.</summary>
    LostThenCut,

    /// <summary>Refused with 429 and Retry-After.</summary>
    RateLimit,

    /// <summary>Refused with -1021: the clocks are apart.</summary>
    Clock,

    /// <summary>503, -1001: maintenance.</summary>
    Maintenance,
}

/// <summary>Draws what goes wrong, from a seed: the same requests in the same order meet the same faults.</summary>
/// <param name="seed">The seed.</param>
/// <param name="orderRate">Share of the orders with which something goes wrong, 0 to 1.</param>
/// <param name="questionRate">Share of the questions and cancellations with which something goes wrong, 0 to 1.</param>
public sealed class Faults(int seed, double orderRate, double questionRate)
{
    /// <summary>Nothing goes wrong.</summary>
    public static Faults None => new(0, 0, 0);

    private static readonly SimFault[] OfOrders =
    [
        SimFault.TakenThenCut, SimFault.TakenThenSilent, SimFault.TakenThenUnknown, SimFault.TakenThenGateway, SimFault.TakenLate,
        SimFault.TakenAndHidden, SimFault.LostThenUnknown, SimFault.LostThenCut,
        SimFault.RateLimit, SimFault.Clock, SimFault.Maintenance,
    ];

    private static readonly SimFault[] OfQuestions = [SimFault.LostThenCut, SimFault.LostThenUnknown, SimFault.Maintenance];

    private readonly Lock _gate = new();
    private readonly Random _random = new(seed);
    private readonly Queue<SimFault> _next = [];
    private readonly Dictionary<SimFault, int> _counts = [];

    /// <summary>How often each was drawn.</summary>
    public IReadOnlyDictionary<SimFault, int> Counts
    {
        get
        {
            lock (_gate)
                return new Dictionary<SimFault, int>(_counts);
        }
    }

    /// <summary>Sets what goes wrong with the next orders, one after the other, before any is drawn.</summary>
    public Faults Then(params SimFault[] faults)
    {
        lock (_gate)
        {
            foreach (var fault in faults)
                _next.Enqueue(fault);
        }
        return this;
    }

    internal SimFault OfOrder() => Draw(orderRate, OfOrders, queued: true);

    internal SimFault OfQuestion() => Draw(questionRate, OfQuestions, queued: false);

    private SimFault Draw(double rate, SimFault[] among, bool queued)
    {
        lock (_gate)
        {
            var fault = queued && _next.TryDequeue(out var set) ? set
                : _random.NextDouble() < rate ? among[_random.Next(among.Length)]
                : SimFault.None;
            _counts[fault] = _counts.GetValueOrDefault(fault) + 1;
            return fault;
        }
    }
}
