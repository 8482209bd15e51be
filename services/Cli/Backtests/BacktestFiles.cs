using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Trading.Cli.Shared;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Research.Backtests;

namespace Trading.Cli.Backtests;

/// <summary>A backtest as files for other programs.</summary>
public static class BacktestFiles
{
    /// <summary>JSON as it is written: camelCase, decimals as they are, null for a figure that is not defined.</summary>
    public static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web)
    { WriteIndented = true, Converters = { new JsonStringEnumConverter(), new DefinedNumber() } };

    /// <summary>Every order that ended, oldest first.</summary>
    public static string Csv(BacktestResult result)
    {
        var csv = new StringBuilder("time_utc,side,outcome,quantity,price,fee_usd,reason\n");
        foreach (var fill in result.Fills)
        {
            csv.Append(CultureInfo.InvariantCulture,
                $"{Time(fill.AtUnixSeconds)},{fill.Side},{fill.Execution.Outcome},{fill.Execution.Quantity},")
                .Append(CultureInfo.InvariantCulture,
                    $"{(fill.Execution.Quantity > 0 ? fill.Execution.Price : 0)},{fill.Execution.FeeUsd},")
                .Append(fill.Execution.Reason == PaperReason.None ? fill.Exit?.ToString() ?? "Signal" : fill.Execution.Reason.ToString())
                .Append('\n');
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
                result.Strategy, result.Partial, result.Rules.Symbol, result.Rules.IntervalSeconds, Timing = result.Rules.Timing,
                From = Time(result.First.AtUnixSeconds), To = Time(result.Last.AtUnixSeconds), result.Bars,
                RefusedRows = done.Notes.Dropped.Values.Sum(),
                Data = new
                {
                    done.Notes.Recognised, done.Notes.RowsRead, done.Notes.RowsUsed, done.Notes.Dropped, done.Notes.Done, done.Notes.Gaps,
                    done.Notes.Missing, done.Notes.MissingShare, done.Notes.LongestGapSeconds,
                },
                StartUsd = result.Rules.CashUsd, result.EquityUsd, result.CashUsd, result.Quantity, LastPrice = result.Last.Price,
                result.FeesUsd, result.TurnoverUsd,
                result.Orders, ClosedTrades = result.Trades.Count, result.Winners, result.MaxDrawdown,
                Outcomes = result.Outcomes.OrderBy(entry => entry.Key).ToDictionary(entry => entry.Key.ToString(), entry => entry.Value),
                Unfilled = result.Reasons.OrderBy(entry => entry.Key)
                    .ToDictionary(entry => $"{entry.Key.Side}{entry.Key.Reason}", entry => entry.Value),
                Refusals = (done.Trader as PipelineTrader)?.Refusals.OrderBy(entry => entry.Key)
                    .ToDictionary(entry => entry.Key.ToString(), entry => entry.Value),
                done.Plan.Warning,
                Latched = (done.Trader as PipelineTrader)?.Latched is { } latched
                    ? new { latched.Rule, latched.Observed, latched.Limit, latched.At } : null,
                Metrics = BacktestFigures.Of(done).ToDictionary(figure => figure.Key, figure => figure.Value),
                Months = MonthResult.Of(result),
                Trades = result.Trades.Select(trade => new
                {
                    EnteredAt = Time(trade.EnteredAtUnixSeconds), ExitedAt = Time(trade.ExitedAtUnixSeconds), trade.Quantity,
                    trade.EntryPrice, trade.ExitPrice, trade.FeesUsd, trade.ProfitUsd, trade.Exit,
                }),
                Equity = result.Days.Select(day => new { At = Time(day.AtUnixSeconds), day.EquityUsd, day.Price }),
                Files = done.Files.Select(file => new { file.Path, file.Sha256 }),
                StrategyLibraries = StrategyFolder.Loaded,
                Settings = SettingsReader.Lines(done.Plan.Settings), Command = done.CommandLine,
            }, Indented);
    }

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
