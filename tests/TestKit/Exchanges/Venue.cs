using System.Globalization;

namespace Trading.TestKit.Exchanges;

/// <summary>What becomes of an order that waits or ended.</summary>
public enum SimStatus
{
    New,
    PartiallyFilled,
    Filled,
    Canceled,
    Expired,
    Rejected,
}

/// <summary>How an order is to be filled.</summary>
public enum SimKind
{
    Market,
    LimitIoc,
    LimitGtc,
    PostOnly,
    StopLimit,
    StopMarket,
}

/// <summary>A fill.</summary>
public sealed record SimFill(long TradeId, long OrderId, decimal Quantity, decimal Price, decimal Fee, string FeeAsset,
    bool Buys, bool Maker, DateTimeOffset At);

/// <summary>An order and all that happened to it.</summary>
public sealed class SimOrder
{
    public required long Id { get; init; }

    /// <summary>The id by which Coinbase's interface tells it.</summary>
    public string Uuid => FormattableString.Invariant($"00000000-0000-4000-8000-{Id:x12}");

    public required string ClientId { get; init; }

    public required bool Buys { get; init; }

    public required SimKind Kind { get; init; }

    public required decimal Quantity { get; init; }

    public decimal? Limit { get; init; }

    public decimal? Stop { get; init; }

    public required DateTimeOffset At { get; init; }

    public List<SimFill> Fills { get; } = [];

    public decimal Filled => Fills.Sum(fill => fill.Quantity);

    public decimal Value => Fills.Sum(fill => fill.Quantity * fill.Price);

    public SimStatus Status { get; set; } = SimStatus.New;

    public bool Open => Status is SimStatus.New or SimStatus.PartiallyFilled;

    /// <summary>Questions that still do not find it.</summary>
    public int HiddenFor { get; set; }

    /// <summary>Until then it is in no list and found by no id, though it lives and fills.</summary>
    public DateTimeOffset HiddenUntil { get; set; }

    /// <summary>Its product, as the exchange calls it in the way of Binance.</summary>
    public required Venue Venue { get; init; }
}

/// <summary>What a venue takes as orders, and what it costs.</summary>
public sealed record VenueRules(string Base, string Quote)
{
    public decimal Tick { get; init; } = 0.01m;

    public decimal Lot { get; init; } = 0.00001m;

    public decimal LeastNotional { get; init; } = 5;

    public decimal FeePercent { get; init; } = 0.1m;

    /// <summary>Decimals of a fee; Coinbase tells more than eight.</summary>
    public int FeeDecimals { get; init; } = 8;

    /// <summary>
    /// Whether the fee of a purchase is taken from the bought units, as Binance does; else all fees are in the quote currency.
    /// </summary>
    public bool FeeInUnits { get; init; } = true;

    /// <summary>A third asset that all fees are taken in, and its price; null for none.</summary>
    public (string Asset, decimal Price)? FeesIn { get; init; }

    /// <summary>Whether it takes stops at all.</summary>
    public bool TakesStops { get; init; } = true;

    /// <summary>Most stops that may wait at a time, Binance's MAX_NUM_ALGO_ORDERS.</summary>
    public int MostStops { get; init; } = 5;

    /// <summary>Most units that the account may hold, open buys included; Binance's MAX_POSITION.</summary>
    public decimal MaxPosition { get; init; } = 1_000_000;

    /// <summary>Units at each step of the book.</summary>
    public decimal Depth { get; init; } = 0.0007m;
}

/// <summary>An order was not taken: the rule, by the name of Binance's filters or messages.</summary>
public sealed class NotTakenException(string rule) : Exception(rule);

/// <summary>
/// A market in one product: a book around a price that the test sets, balances, orders and fills. It knows nothing of the system under
/// test. Each step of the book holds a little more than the one before; what is taken from it is there again with the next price.
/// </summary>
/// <param name="rules">What it takes.</param>
/// <param name="clock">The exchange's clock.</param>
/// <param name="besides">Another market of the same exchange, with the same balances; null for the first.</param>
public sealed class Venue(VenueRules rules, TimeProvider clock, Venue? besides = null)
{
    private const int Steps = 40;

    private readonly Book _book = besides?._book ?? new();
    private readonly List<SimOrder> _orders = [];
    private readonly List<SimFill> _fills = [];
    private readonly decimal[] _taken = new decimal[2];

    private Lock _gate => _book.Gate;

    private Dictionary<string, decimal> _balances => _book.Balances;

    public VenueRules Rules => rules;

    /// <summary>Every market of the exchange, this one among them; a market is there from its first use on.</summary>
    public IReadOnlyList<Venue> Markets
    {
        get
        {
            lock (_gate)
                return _book.Has(this);
        }
    }

    public decimal Price { get; private set; } = 60_000;

    /// <summary>How far the times that orders and fills are dated by are ahead of the clock.</summary>
    public TimeSpan DatedBy { get; set; }

    private DateTimeOffset Now => clock.GetUtcNow() + DatedBy;

    /// <summary>How long the next order hides, from every question about it.</summary>
    public TimeSpan HidesNext { get; set; }

    /// <summary>Shows every order that hides.</summary>
    public void Reveal()
    {
        lock (_gate)
            _orders.ForEach(order => order.HiddenUntil = default);
    }

    /// <summary>Every order that was ever taken.</summary>
    public IReadOnlyList<SimOrder> Orders
    {
        get
        {
            lock (_gate)
                return [.. _orders];
        }
    }

    /// <summary>Every fill.</summary>
    public IReadOnlyList<SimFill> Fills
    {
        get
        {
            lock (_gate)
                return [.. _fills];
        }
    }

    /// <summary>Units of an asset, those in open orders included.</summary>
    public decimal Balance(string asset)
    {
        lock (_gate)
            return _balances.GetValueOrDefault(asset);
    }

    public IReadOnlyDictionary<string, decimal> Balances
    {
        get
        {
            lock (_gate)
                return new Dictionary<string, decimal>(_balances);
        }
    }

    /// <summary>Pays in or out, as somebody else than the system under test.</summary>
    public void Deposit(string asset, decimal units)
    {
        lock (_gate)
            _balances[asset] = _balances.GetValueOrDefault(asset) + units;
    }

    /// <summary>Moves the market; waiting orders that it reaches are filled.</summary>
    public void SetPrice(decimal price)
    {
        lock (_gate)
        {
            Price = Math.Round(price / rules.Tick) * rules.Tick;
            _taken[0] = _taken[1] = 0;
            foreach (var order in _orders.Where(order => order.Open).ToList())
            {
                if (order.Stop is { } stop && order.Filled == 0 && Price > stop)
                    continue;
                Match(order, maker: order.Stop is null);
            }
        }
    }

    /// <summary>Units of an asset that open orders have a claim on.</summary>
    public decimal Locked(string asset)
    {
        lock (_gate)
            return LockedUnder(asset);
    }

    /// <summary>Takes an order.</summary>
    /// <exception cref="NotTakenException">It breaks a rule.</exception>
    public SimOrder Place(string clientId, bool buys, SimKind kind, decimal quantity, decimal? limit, decimal? stop, int hiddenFor = 0)
    {
        lock (_gate)
        {
            if (quantity <= 0 || quantity % rules.Lot != 0)
                throw new NotTakenException("Filter failure: LOT_SIZE");
            if (limit is { } bound && (bound <= 0 || bound % rules.Tick != 0))
                throw new NotTakenException("Filter failure: PRICE_FILTER");
            if (limit is { } far && (far > Price * 5 || far < Price / 5))
                throw new NotTakenException("Filter failure: PERCENT_PRICE_BY_SIDE");
            if (quantity * (limit ?? Price) < rules.LeastNotional)
                throw new NotTakenException("Filter failure: NOTIONAL");
            if (buys && _balances.GetValueOrDefault(rules.Base) + quantity
                + _orders.Where(other => other.Open && other.Buys).Sum(other => other.Quantity - other.Filled) > rules.MaxPosition)
                throw new NotTakenException("Filter failure: MAX_POSITION");
            // As documented: an id is taken only while its order is open.
            if (_orders.Any(other => other.Open && other.ClientId == clientId))
                throw new NotTakenException("Duplicate order sent.");
            if (kind == SimKind.PostOnly && (buys ? limit >= BookPrice(true, 0) : limit <= BookPrice(false, 0)))
                throw new NotTakenException("Order would immediately match and take.");
            if (stop is { } trigger && !buys && trigger >= Price)
                throw new NotTakenException("Order would trigger immediately.");
            if (stop is not null && _orders.Count(other => other.Open && other.Stop is not null) >= rules.MostStops)
                throw new NotTakenException("Filter failure: MAX_NUM_ALGO_ORDERS");
            var asset = buys ? rules.Quote : rules.Base;
            if ((buys ? quantity * (limit ?? Price * 1.01m) : quantity) > _balances.GetValueOrDefault(asset) - LockedUnder(asset))
                throw new NotTakenException("Account has insufficient balance for requested action.");

            var order = new SimOrder
            {
                Venue = this, Id = _book.NextOrder++, ClientId = clientId, Buys = buys, Kind = kind, Quantity = quantity, Limit = limit,
                Stop = stop,
                At = Now, HiddenFor = hiddenFor, HiddenUntil = Now + HidesNext,
            };
            HidesNext = default;
            _orders.Add(order);
            if (kind is not (SimKind.StopLimit or SimKind.StopMarket or SimKind.PostOnly))
                Match(order, maker: false);
            if (order.Open && kind is SimKind.Market or SimKind.LimitIoc && order.Status != SimStatus.Filled)
                order.Status = SimStatus.Expired;
            return order;
        }
    }

    /// <summary>Cancels what is left of an order; null when it is not open.</summary>
    public SimOrder? Cancel(SimOrder order)
    {
        lock (_gate)
        {
            if (!order.Open)
                return null;
            order.Status = SimStatus.Canceled;
            return order;
        }
    }

    /// <summary>Fills so much of an order, however much that is and at what price: an exchange that lies.</summary>
    public void Fill(SimOrder order, decimal quantity, decimal? price = null)
    {
        lock (_gate)
        {
            Fill(order, quantity, price ?? order.Limit ?? Price, maker: true);
            order.Status = SimStatus.Filled;
        }
    }

    /// <summary>Gives up an order that was taken, as an exchange does whose engine cannot keep it.</summary>
    public void Fail(SimOrder order)
    {
        lock (_gate)
            order.Status = SimStatus.Rejected;
    }

    /// <summary>Makes all that has happened so much older.</summary>
    public void Age(TimeSpan by)
    {
        lock (_gate)
        {
            foreach (var order in _orders)
            {
                for (var i = 0; i < order.Fills.Count; i++)
                {
                    var at = _fills.IndexOf(order.Fills[i]);
                    _fills[at] = order.Fills[i] = order.Fills[i] with { At = order.Fills[i].At - by };
                }
            }
        }
    }

    /// <summary>The newest order that fits, unless it still hides.</summary>
    public SimOrder? Find(Func<SimOrder, bool> fits)
    {
        lock (_gate)
        {
            var found = _orders.LastOrDefault(fits);
            if (found is not null && IsHidden(found))
                return null;
            if (found is not { HiddenFor: > 0 })
                return found;
            found.HiddenFor--;
            return null;
        }
    }

    /// <summary>Whether an order hides now.</summary>
    public bool IsHidden(SimOrder order) => Now < order.HiddenUntil;

    private decimal LockedUnder(string asset) => _book.Has(this).Sum(market => market.LockedHere(asset));

    private decimal LockedHere(string asset) => _orders.Where(order => order.Open).Sum(order =>
        order.Buys && asset == rules.Quote ? (order.Quantity - order.Filled) * (order.Limit ?? Price)
        : !order.Buys && asset == rules.Base ? order.Quantity - order.Filled : 0);

    // Asks lie above the price and bids below it.
    private decimal BookPrice(bool ask, int step) => ask ? Price + (1 + step) * rules.Tick : Price - (1 + step) * rules.Tick;

    private void Match(SimOrder order, bool maker)
    {
        var side = order.Buys ? 0 : 1;
        var begin = 0m;
        for (var step = 0; step < Steps && order.Filled < order.Quantity; step++)
        {
            var price = BookPrice(order.Buys, step);
            if (order.Limit is { } limit && (order.Buys ? price > limit : price < limit))
                break;
            var there = rules.Depth * (1 + step);
            var left = Math.Min(there, begin + there - _taken[side]);
            begin += there;
            if (left <= 0)
                continue;
            var quantity = Math.Min(Math.Floor(left / rules.Lot) * rules.Lot, order.Quantity - order.Filled);
            if (quantity <= 0)
                continue;
            // One that waited is filled at its own price.
            Fill(order, quantity, maker && order.Limit is { } own ? own : price, maker);
            _taken[side] += quantity;
        }
        order.Status = order.Filled == order.Quantity ? SimStatus.Filled : order.Filled > 0 ? SimStatus.PartiallyFilled : order.Status;
    }

    private void Fill(SimOrder order, decimal quantity, decimal price, bool maker)
    {
        var inUnits = order.Buys && rules.FeeInUnits;
        var fee = decimal.Round((inUnits ? quantity : quantity * price) * rules.FeePercent / 100, rules.FeeDecimals,
            MidpointRounding.ToPositiveInfinity);
        var asset = inUnits ? rules.Base : rules.Quote;
        if (rules.FeesIn is var (third, worth))
            (asset, fee) = (third,
                decimal.Round(quantity * price * rules.FeePercent / 100 / worth, 8, MidpointRounding.ToPositiveInfinity));
        var fill = new SimFill(_book.NextTrade++, order.Id, quantity, price, fee, asset, order.Buys, maker, Now);
        order.Fills.Add(fill);
        _fills.Add(fill);
        _balances[rules.Base] = _balances.GetValueOrDefault(rules.Base) + (order.Buys ? quantity : -quantity);
        _balances[rules.Quote] = _balances.GetValueOrDefault(rules.Quote) + (order.Buys ? -quantity * price : quantity * price);
        _balances[fill.FeeAsset] = _balances.GetValueOrDefault(fill.FeeAsset) - fee;
    }

    // What all markets of an exchange share.
    private sealed class Book
    {
        private readonly List<Venue> _markets = [];

        public Lock Gate { get; } = new();

        public Dictionary<string, decimal> Balances { get; } = [];

        public long NextOrder { get; set; } = 1000;

        public long NextTrade { get; set; } = 500_000;

        public List<Venue> Has(Venue market)
        {
            if (!_markets.Contains(market))
                _markets.Add(market);
            return _markets;
        }
    }
}

/// <summary>Writes numbers as exchanges do.</summary>
internal static class ExchangeNumber
{
    public static string Text(this decimal number) => number.ToString("0.00000000########", CultureInfo.InvariantCulture);

    public static decimal Parse(string text) => decimal.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
}
