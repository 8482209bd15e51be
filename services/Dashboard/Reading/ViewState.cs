using System.Text.Json;
using System.Text.Json.Serialization;
using Trading.Contracts;
using Trading.Core;
using Trading.Journal.Events;

namespace Trading.Dashboard.Reading;

/// <summary>All that a view of the journal is made of; kept in a file between two starts (<see cref="ViewFile"/>).</summary>
/// <param name="name">Name of the account.</param>
internal sealed class ViewState(string name)
{
    /// <summary>How it is written: like events, with the members that are marked for it.</summary>
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    { Converters = { new JsonStringEnumConverter(), new AccountEventConverter() } };

    public string Name { get; } = name;

    public long Sequence { get; set; }

    public DateTimeOffset? At { get; set; }

    public int Unreadable { get; set; }

    public Totals Totals { get; set; } = new();

    public AccountBook Account { get; set; } = new(name);

    public EquityCurve Equity { get; set; } = new();

    public DayBook Days { get; set; } = new();

    public DecisionList Decisions { get; set; } = new();

    [JsonIgnore]
    public Rows<TradeRow> Trades { get; set; } = new(int.MaxValue, 0, []);

    public TaxBook Tax { get; set; } = new();

    public ModelBook Models { get; set; } = new();

    public Dictionary<string, SeenPrices> Prices { get; set; } = [];

    public Dictionary<Guid, OpenTrade> Open { get; set; } = [];

    public string? FirstSymbol { get; set; }

    public PredictionMade? LastPrediction { get; set; }

    /// <summary>A copy of the lists that grow with the journal.</summary>
    [JsonIgnore]
    public LongLists Lists
    {
        get => new(Decisions.All.Copy(), Trades.Copy(), [.. Tax.Settlements]);
        set => (Decisions.All, Trades, Tax.Settlements) = (value.Decisions, value.Trades, value.Settlements);
    }

    // An event of an account with the name by which the journal knows it.
    private sealed class AccountEventConverter : JsonConverter<IAccountEvent>
    {
        private static readonly Dictionary<string, Type> Types = JournalReader.EventTypes
            .Where(type => type.IsAssignableTo(typeof(IAccountEvent))).ToDictionary(JournalReader.EventName);

        public override IAccountEvent? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            using var stored = JsonDocument.ParseValue(ref reader);
            var type = Types.GetValueOrDefault(stored.RootElement.GetProperty("type").GetString()!) ?? throw new JsonException("no event");
            return (IAccountEvent?)stored.RootElement.GetProperty("data").Deserialize(type, options);
        }

        public override void Write(Utf8JsonWriter writer, IAccountEvent value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            writer.WriteString("type", JournalReader.EventName(value.GetType()));
            writer.WritePropertyName("data");
            JsonSerializer.Serialize(writer, value, value.GetType(), options);
            writer.WriteEndObject();
        }
    }
}

/// <summary>What of a view grows with the journal.</summary>
/// <param name="Decisions">The newest decisions.</param>
/// <param name="Trades">All trades.</param>
/// <param name="Settlements">All settlements.</param>
internal sealed record LongLists(Rows<DecisionRow> Decisions, Rows<TradeRow> Trades, List<TradeSettled> Settlements);

/// <summary>A view as it is written.</summary>
/// <param name="State">All but the long lists.</param>
/// <param name="Lists">The long lists.</param>
internal sealed record WrittenView(ViewState State, LongLists Lists);

/// <summary>The first and the newest price of a symbol that was decided on.</summary>
/// <param name="First">The first.</param>
/// <param name="Last">The newest.</param>
public sealed record SeenPrices(PriceObserved First, PriceObserved Last);

/// <summary>A trade whose end has not been read yet.</summary>
/// <param name="Sequence">Its proposal's place in the journal.</param>
/// <param name="Proposed">What was proposed; null where a price caused an exit.</param>
/// <param name="Leaving">The exit; null where a prediction was decided on.</param>
/// <param name="Assessed">The verdict; null before it was read.</param>
/// <param name="Execution">The end of the order; null before it was read.</param>
/// <param name="Trade">Number of its row among the trades; null before it was settled.</param>
internal sealed record OpenTrade(long Sequence, TradeProposed? Proposed, ExitProposed? Leaving, TradeAssessed? Assessed = null,
    Execution? Execution = null, long? Trade = null)
{
    [JsonIgnore]
    public PredictionMade? Prediction => Proposed?.Prediction;

    [JsonIgnore]
    public PositionExit? Exit => Leaving?.Exit;

    [JsonIgnore]
    public PriceObserved Price => Prediction?.Price ?? Leaving!.Price;
}

/// <summary>The totals of an account's decisions.</summary>
public sealed class Totals
{
    /// <summary>Decisions, holds included.</summary>
    [JsonInclude]
    public int Decisions { get; private set; }

    /// <summary>Orders with a fill.</summary>
    [JsonInclude]
    public int Trades { get; private set; }

    /// <summary>Equity at the first decision; null before it.</summary>
    [JsonInclude]
    public decimal? StartEquityUsd { get; private set; }

    /// <summary>Deepest fall of equity below an earlier peak, as a share of the peak, 0 to 1.</summary>
    [JsonInclude]
    public decimal MaxDrawdown { get; private set; }

    [JsonInclude]
    private decimal PeakUsd { get; set; }

    /// <summary>Notes a decision.</summary>
    /// <param name="equityUsd">Equity that it was made on.</param>
    public void Decided(decimal equityUsd)
    {
        Decisions++;
        StartEquityUsd ??= equityUsd;
        Mark(equityUsd);
    }

    /// <summary>Notes a trade.</summary>
    /// <param name="equityUsd">Equity after it; null before any price was seen.</param>
    public void Traded(decimal? equityUsd)
    {
        Trades++;
        if (equityUsd is { } known)
            Mark(known);
    }

    private void Mark(decimal equityUsd)
    {
        PeakUsd = Math.Max(PeakUsd, equityUsd);
        if (PeakUsd > 0)
            MaxDrawdown = Math.Max(MaxDrawdown, 1 - equityUsd / PeakUsd);
    }
}
