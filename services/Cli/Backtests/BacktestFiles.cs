using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Trading.Cli.Shared;
using Trading.Core;
using Trading.Hosting.Settings;

namespace Trading.Cli.Backtests;

/// <summary>A backtest as files for other programs.</summary>
public static class BacktestFiles
{
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
}
