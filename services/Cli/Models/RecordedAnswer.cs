using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Trading.Cli.Backtests;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting;
using Trading.Hosting.Settings;
using Trading.Journal.Events;

namespace Trading.Cli.Models;

/// <summary>What a model once answered about a price.</summary>
/// <param name="At">When the price was known, in seconds since 1970.</param>
/// <param name="Model">Name of the model.</param>
/// <param name="HorizonSeconds">How far ahead it looked.</param>
/// <param name="Price">The price; 0 where only the data know it.</param>
/// <param name="PredictedPrice">The price that it expected.</param>
/// <param name="ChanceUp">The chance of a rise that it gave, 0 to 1.</param>
public sealed record RecordedAnswer(long At, string Model, int HorizonSeconds, double Price, double PredictedPrice, double ChanceUp)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    { Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    /// <summary>The answers of a file: a JSON object a line, with time, model, predictedPrice, confidence and direction.</summary>
    /// <param name="path">The file.</param>
    /// <param name="horizonSeconds">How far ahead those look that do not say it.</param>
    /// <exception cref="BacktestException">There is no such file, or a line is no answer.</exception>
    public static IReadOnlyList<RecordedAnswer> OfFile(string path, int horizonSeconds)
    {
        if (!File.Exists(path))
            throw new BacktestException($"{path} does not exist");
        var (answers, number) = (new List<RecordedAnswer>(), 0);
        foreach (var line in File.ReadLines(path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
                continue;
            answers.Add(Parsed(line, horizonSeconds) ?? throw new BacktestException($"{path}, line {number} must be a JSON object with "
                + "time, model, predictedPrice above 0, confidence from 0 to 1 and direction up, down or stable, was "
                + (line.Length > 80 ? line[..80] + "..." : line)));
        }
        return answers;
    }

    /// <summary>The answers in a journal, those to prices of a symbol.</summary>
    public static async Task<IReadOnlyList<RecordedAnswer>> OfJournalAsync(TradingSettings settings, CancellationToken cancellation)
    {
        await using var server = await JournalServer.FindAsync(settings, NullLogger.Instance, cancellation);
        await using var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(server.ConnectionString)
        { ApplicationName = "trading model replay", Pooling = false, CommandTimeout = 0 });
        var answers = new List<RecordedAnswer>();
        await foreach (var stored in JournalReader.OfAsync(
            database, 0, [JournalReader.EventName(typeof(TradeProposed))], [], cancellation))
        {
            if (stored.Event() is TradeProposed { Prediction: { Price: var price } prediction } && price.Symbol == settings.Symbols[0])
                answers.AddRange(prediction.Models.Where(output => output is { Abstained: null, PredictedPrice: > 0 }).Select(output =>
                    new RecordedAnswer(price.IntervalStart.ToUnixTimeSeconds(), output.Model, prediction.HorizonSeconds,
                        (double)price.Price, output.PredictedPrice!.Value, Chance(output.Direction!.Value, output.Confidence!.Value))));
        }
        return answers;
    }

    // The confidence is that of the direction; of a stable price nothing says which way it goes.
    private static double Chance(Direction direction, double confidence) => direction switch
    {
        Direction.Up => confidence,
        Direction.Down => 1 - confidence,
        _ => 0.5,
    };

    private static RecordedAnswer? Parsed(string line, int horizonSeconds)
    {
        try
        {
            return JsonSerializer.Deserialize<Line>(line, Options) is
            {
                Time: { } time, Model.Length: > 0, PredictedPrice: > 0,
                Confidence: >= 0 and <= 1, Direction: { } direction
            } read
                ? new(time.ToUnixTimeSeconds(), read.Model, read.HorizonSeconds ?? horizonSeconds, read.Price ?? 0,
                    read.PredictedPrice.Value, Chance(direction, read.Confidence.Value)) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record Line(
        DateTimeOffset? Time, string? Model, double? PredictedPrice, double? Confidence, Direction? Direction, double? Price,
        int? HorizonSeconds);
}
