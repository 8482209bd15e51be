using System.Text.Json;
using System.Text.Json.Serialization;
using Trading.Contracts;
using Trading.Hosting.Settings;
using Trading.MarketData;
using Trading.Research.Backtests;

namespace Trading.Cli.Backtests;

/// <summary>A backtest as JSON.</summary>
public static class BacktestJson
{
    /// <summary>JSON as it is written: camelCase, decimals as they are, null for a figure that is not defined.</summary>
    public static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web)
    { WriteIndented = true, Converters = { new JsonStringEnumConverter(), new DefinedNumber() } };

    /// <summary>All figures, with what they were made from.</summary>
    public static string Of(BacktestDone done)
    {
        var result = done.Result;
        return JsonSerializer.Serialize(
            new
            {
                result.Strategy,
                result.Partial,
                result.Rules.Symbol,
                result.Rules.IntervalSeconds,
                Timing = result.Rules.Timing,
                From = BacktestFiles.Time(result.First.AtUnixSeconds),
                To = BacktestFiles.Time(result.Last.AtUnixSeconds),
                result.Bars,
                RefusedRows = done.Parts.Sum(part => part.Notes.Dropped.Values.Sum()),
                Data = done.Symbols.Count > 0 ? null : Data(done.Notes),
                StartUsd = result.Rules.CashUsd,
                result.EquityUsd,
                result.CashUsd,
                Quantity = done.Symbols.Count > 0 ? (decimal?)null : result.Quantity,
                LastPrice = done.Symbols.Count > 0 ? (decimal?)null : result.Last.Price,
                result.FeesUsd,
                result.TurnoverUsd,
                result.Orders,
                ClosedTrades = result.Trades.Count,
                result.Winners,
                result.MaxDrawdown,
                Outcomes = result.Outcomes.OrderBy(entry => entry.Key).ToDictionary(entry => entry.Key.ToString(), entry => entry.Value),
                Unfilled = result.Reasons.OrderBy(entry => entry.Key)
                    .ToDictionary(entry => $"{entry.Key.Side}{entry.Key.Reason}", entry => entry.Value),
                Refusals = Refusals(done),
                done.Plan.Warning,
                Latched = done.Latched is { } latched
                    ? new { latched.Rule, latched.Observed, latched.Limit, latched.At } : null,
                Metrics = BacktestFigures.Of(done).ToDictionary(figure => figure.Key, figure => figure.Value),
                Months = MonthResult.Of(result),
                Symbols = done.Symbols.Count > 0 ? done.Symbols.Select(Symbol) : null,
                Correlations = SymbolFigures.Correlations(done),
                Trades = done.Parts.SelectMany(part => part.Result.Trades.Select(trade => Trade(part.Result.Rules.Symbol, trade)))
                    .OrderBy(trade => trade.ExitedAt, StringComparer.Ordinal),
                Equity = result.Days.Select(day => new { At = BacktestFiles.Time(day.AtUnixSeconds), day.EquityUsd, day.Price }),
                Files = done.Files.Select(file => new { file.Path, file.Sha256 }),
                StrategyLibraries = StrategyFolder.Loaded,
                Settings = SettingsReader.Lines(done.Plan.Settings),
                Command = done.CommandLine,
            }, Indented);
    }

    private static object Data(DataNotes notes) => new
    {
        notes.Recognised,
        notes.RowsRead,
        notes.RowsUsed,
        notes.Dropped,
        notes.Done,
        notes.Gaps,
        notes.Missing,
        notes.MissingShare,
        notes.LongestGapSeconds,
    };

    private static Dictionary<string, int>? Refusals(BacktestDone done) =>
        done.Refusals?.OrderBy(entry => entry.Key).ToDictionary(entry => entry.Key.ToString(), entry => entry.Value);

    private static TradeFigures Trade(string symbol, BacktestTrade trade) => new(symbol, BacktestFiles.Time(trade.EnteredAtUnixSeconds),
        BacktestFiles.Time(trade.ExitedAtUnixSeconds), trade.Quantity, trade.EntryPrice, trade.ExitPrice, trade.FeesUsd, trade.ProfitUsd,
        trade.Exit);

    private sealed record TradeFigures(string Symbol, string EnteredAt, string ExitedAt, decimal Quantity, decimal EntryPrice,
        decimal ExitPrice, decimal FeesUsd, decimal ProfitUsd, ExitReason? Exit);

    private static object Symbol(BacktestDone part) => new
    {
        part.Result.Rules.Symbol,
        From = BacktestFiles.Time(part.Result.First.AtUnixSeconds),
        To = BacktestFiles.Time(part.Result.Last.AtUnixSeconds),
        part.Result.Bars,
        Data = Data(part.Notes),
        ProfitUsd = SymbolFigures.ProfitUsd(part),
        part.Result.Quantity,
        LastPrice = part.Result.Last.Price,
        part.Result.FeesUsd,
        part.Result.TurnoverUsd,
        part.Result.Orders,
        ClosedTrades = part.Result.Trades.Count,
        part.Result.Winners,
        part.Result.MaxDrawdown,
        Refusals = Refusals(part),
        Metrics = BacktestFigures.Of(part).ToDictionary(figure => figure.Key, figure => figure.Value),
        Equity = part.Result.Days.Select(day => new { At = BacktestFiles.Time(day.AtUnixSeconds), day.EquityUsd, day.Price }),
    };

    private sealed class DefinedNumber : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
        {
            if (double.IsFinite(value))
                writer.WriteNumberValue(value);
            else
                writer.WriteNullValue();
        }
    }
}
