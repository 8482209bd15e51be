using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Trading.Cli.Shared;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.MarketData;
using Trading.Research.Backtests;

namespace Trading.Cli.Backtests;

/// <summary>A backtest as files for other programs.</summary>
public static class BacktestFiles
{
    /// <summary>JSON as it is written: camelCase, decimals as they are, null for a figure that is not defined.</summary>
    public static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web)
    { WriteIndented = true, Converters = { new JsonStringEnumConverter(), new DefinedNumber() } };

    /// <summary>Every order that ended, oldest first.</summary>
    public static string Csv(BacktestDone done)
    {
        var several = done.Symbols.Count > 0;
        var csv = new StringBuilder("time_utc,side,outcome,quantity,price,fee_usd,reason").Append(several ? ",symbol\n" : "\n");
        foreach (var (symbol, fill) in done.Parts.SelectMany(part => part.Result.Fills.Select(fill => (part.Result.Rules.Symbol, fill)))
            .OrderBy(one => one.fill.AtUnixSeconds))
        {
            csv.Append(CultureInfo.InvariantCulture,
                $"{Time(fill.AtUnixSeconds)},{fill.Side},{fill.Execution.Outcome},{fill.Execution.Quantity},")
                .Append(CultureInfo.InvariantCulture,
                    $"{(fill.Execution.Quantity > 0 ? fill.Execution.Price : 0)},{fill.Execution.FeeUsd},")
                .Append(fill.Execution.Reason == PaperReason.None ? fill.Exit?.ToString() ?? "Signal" : fill.Execution.Reason.ToString())
                .Append(several ? $",{symbol}\n" : "\n");
        }
        return csv.ToString();
    }

    /// <summary>All figures, with what they were made from.</summary>
    public static string Json(BacktestDone done)
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
                From = Time(result.First.AtUnixSeconds),
                To = Time(result.Last.AtUnixSeconds),
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
                Equity = result.Days.Select(day => new { At = Time(day.AtUnixSeconds), day.EquityUsd, day.Price }),
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

    private static TradeFigures Trade(string symbol, BacktestTrade trade) => new(symbol, Time(trade.EnteredAtUnixSeconds),
        Time(trade.ExitedAtUnixSeconds), trade.Quantity, trade.EntryPrice, trade.ExitPrice, trade.FeesUsd, trade.ProfitUsd, trade.Exit);

    private sealed record TradeFigures(string Symbol, string EnteredAt, string ExitedAt, decimal Quantity, decimal EntryPrice,
        decimal ExitPrice, decimal FeesUsd, decimal ProfitUsd, ExitReason? Exit);

    private static object Symbol(BacktestDone part) => new
    {
        part.Result.Rules.Symbol,
        From = Time(part.Result.First.AtUnixSeconds),
        To = Time(part.Result.Last.AtUnixSeconds),
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
        Equity = part.Result.Days.Select(day => new { At = Time(day.AtUnixSeconds), day.EquityUsd, day.Price }),
    };

    /// <summary>The SHA-256 of each file.</summary>
    public static IReadOnlyList<(string Path, string Sha256)> Hashes(IReadOnlyList<string> files)
    {
        var hashes = new List<(string, string)>();
        foreach (var path in files.Where(File.Exists))
        {
            using var file = File.OpenRead(path);
            hashes.Add((path, Convert.ToHexStringLower(SHA256.HashData(file))));
        }
        return hashes;
    }

    /// <summary>The command that makes the same again; secrets in it are masked.</summary>
    public static string CommandLine(ParseResult parsed) =>
        "trading " + string.Join(' ', SecretText.Masked([.. parsed.Tokens.Select(token => token.Value)]).Select(
            token => token.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or '=' or ':' or ',' or '*')
                ? token : $"'{token.Replace("'", "'\\''", StringComparison.Ordinal)}'"));

    /// <summary>An instant as it is written.</summary>
    public static string Time(long unixSeconds) => Words.Iso(DateTimeOffset.FromUnixTimeSeconds(unixSeconds));

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
