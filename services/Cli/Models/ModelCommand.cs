using System.CommandLine;
using Trading.Cli.Shared;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.MarketData;

namespace Trading.Cli.Models;

/// <summary>Trained models: training and honest figures.</summary>
public static class ModelCommand
{
    /// <summary>The group; each command is a file beside this one.</summary>
    public static Command Create() => new(
        "model",
        "Trains models on recorded candles, and says how good they, or recorded answers of any model, are on what they had not seen.\n"
        + "Example: trading model train --data btcusdt_1h.csv.gz --to 2024-01-01 --out learned-1h.json")
    { TrainCommand.Create(), EvaluateCommand.Create(), BoostCommand.Create(), RetrainCommand.Create(),
        ReplayAnswersCommand.Create() };

    /// <summary>The switch for the data.</summary>
    internal static Option<string[]> DataOption() =>
        new("--data")
        {
            Description = "files with candles, .csv or .csv.gz, in rising time",
            HelpName = "file",
            Required = true,
            AllowMultipleArgumentsPerToken = true
        };

    /// <summary>The switch for the begin.</summary>
    internal static Option<DateTimeOffset?> FromOption() =>
        new("--from") { Description = "open time of the first candle (UTC)", HelpName = "time", CustomParser = Time };

    /// <summary>The switch for the end.</summary>
    internal static Option<DateTimeOffset?> ToOption() =>
        new("--to")
        { Description = "end: candles that open at this time or later are not used (UTC)", HelpName = "time", CustomParser = Time };

    /// <summary>The closes of candles, each at the time at which it was known.</summary>
    internal static (IReadOnlyList<WindowPrice> Prices, int IntervalSeconds) Read(
        string[] data, DateTimeOffset? from, DateTimeOffset? to, CancellationToken cancellation)
    {
        using var file = MarketFiles.Open(data, from: from, to: to, whole: true);
        var prices = new List<WindowPrice>();
        foreach (var candle in file.All())
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
        catch (OperationCanceledException) when (Interruption.ExitCode != 0)
        {
            Console.Error.WriteLine("trading: stopped before the end; nothing was written");
            return Interruption.ExitCode;
        }
        catch (Exception wrong) when (wrong is CandleFileException or ModelFileException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"trading: {wrong.Message}");
            return 2;
        }
    }

    /// <summary>A switch for a whole number within bounds.</summary>
    internal static Option<int> Number(string name, string description, int value, int least, int most)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "number", DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, out var given) && (given < least || given > most))
                result.AddError($"{name} must be {least} to {most}, was {given}");
        });
        return option;
    }

    private static DateTimeOffset? Time(System.CommandLine.Parsing.ArgumentResult argument)
    {
        if (DateTimeOffset.TryParse(argument.Tokens[0].Value, System.Globalization.CultureInfo.InvariantCulture,
            System.Globalization.DateTimeStyles.AssumeUniversal, out var time))
            return time;
        argument.AddError($"{argument.Tokens[0].Value} is not a date or time like 2024-03-01 or 2024-03-01T12:00Z");
        return null;
    }
}
