using System.CommandLine;
using Trading.Core;
using Trading.Hosting;

namespace Trading.Cli.Models;

/// <summary>The learned model: training and honest figures.</summary>
public static class ModelCommand
{
    /// <summary>The group; each command is a file beside this one.</summary>
    public static Command Create() => new(
        "model",
        "Trains a small recurrent model on recorded candles, and says how good it is on candles that it has not seen.\n"
        + "Example: trading model train --data btcusdt_1h.csv.gz --to 2024-01-01 --out learned-1h.json") { TrainCommand.Create(), EvaluateCommand.Create() };

    /// <summary>The switch for the data.</summary>
    internal static Option<string[]> DataOption() => new("--data") { Description = "files with candles, .csv or .csv.gz, in rising time", HelpName = "file", Required = true, AllowMultipleArgumentsPerToken = true };

    /// <summary>The switch for the begin.</summary>
    internal static Option<DateTimeOffset?> FromOption() => new("--from") { Description = "open time of the first candle (UTC)", HelpName = "time", CustomParser = Time };

    /// <summary>The switch for the end.</summary>
    internal static Option<DateTimeOffset?> ToOption() => new("--to") { Description = "open time of the first candle that is left out again (UTC)", HelpName = "time", CustomParser = Time };

    /// <summary>The closes of candles, each at the time at which it was known.</summary>
    internal static (IReadOnlyList<WindowPrice> Prices, int IntervalSeconds) Read(string[] data, DateTimeOffset? from, DateTimeOffset? to, CancellationToken cancellation)
    {
        using var file = new CandleFile(data, from, to);
        var prices = new List<WindowPrice>();
        foreach (var candle in file.Candles())
        {
            cancellation.ThrowIfCancellationRequested();
            prices.Add(new(candle.OpenTimeUnixSeconds + file.IntervalSeconds, PriceWindow.InUnits(candle.Close)));
        }
        return (prices, file.IntervalSeconds);
    }

    /// <summary>Runs what may fail for reasons that the user can put right; each is one line.</summary>
    internal static async Task<int> GuardAsync(Func<Task<int>> act)
    {
        try
        {
            return await act();
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("trading: stopped before the end; nothing was written");
            return 130;
        }
        catch (Exception wrong) when (wrong is CandleFileException or ModelFileException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"trading: {wrong.Message}");
            return 2;
        }
    }

    private static DateTimeOffset? Time(System.CommandLine.Parsing.ArgumentResult argument)
    {
        if (DateTimeOffset.TryParse(argument.Tokens[0].Value, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out var time))
            return time;
        argument.AddError($"{argument.Tokens[0].Value} is not a date or time like 2024-03-01 or 2024-03-01T12:00Z");
        return null;
    }
}
