using System.Globalization;
using System.Text.Json;
using Trading.Core;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.Backtests;

/// <summary>What models once answered is played in the tournament's table.</summary>
public sealed class RecordedAnswersTests : IDisposable
{
    private const int Hour = 3600;
    private static readonly DateTimeOffset Begin = new(2024, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly string _folder = Directory.CreateTempSubdirectory("trading-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task a_month_of_answers_that_knew_the_future_wins_the_table_and_of_a_coin_loses_to_it()
    {
        var (candles, closes) = Candles(hours: 24 * 40);
        var random = new Random(3);
        var answers = Write("answers.ndjson", Enumerable.Range(24 * 8, 24 * 30).SelectMany(hour =>
        {
            var time = Begin.AddHours(hour + 1).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
            var up = closes[hour + 24] > closes[hour];
            return new[] { ("oracle", up), ("coin", random.Next(2) == 0) }.Select(model => JsonSerializer.Serialize(new
            {
                time,
                model = model.Item1,
                predictedPrice = closes[hour] * (model.Item2 ? 1.01 : 0.99),
                confidence = 0.9,
                direction = model.Item2 ? "up" : "down",
                horizonSeconds = 24 * Hour,
            }));
        }));

        var (code, output, errors) = await CliProgram.RunHereAsync(
            "model", "replay", "--answers", answers, "--data", candles, "--samples", "20", "--json");

        Assert.True(code == 0, errors);
        var json = JsonDocument.Parse(output).RootElement;
        var rows = json.GetProperty("stretches")[0].GetProperty("rows").EnumerateArray()
            .Select(row => row.GetProperty("name").GetString()!).ToList();
        Assert.True(rows.IndexOf("oracle 1 d") < rows.IndexOf("hold") && rows.IndexOf("oracle 1 d") < rows.IndexOf("coin 1 d"),
            string.Join(", ", rows));
        Assert.Contains("trend × coin 1 d", rows);
        var rates = json.GetProperty("models").EnumerateArray()
            .ToDictionary(model => model.GetProperty("name").GetString()!, model => model.GetProperty("hitRate").GetDouble());
        Assert.Equal(1, rates["oracle 1 d"]);
        Assert.InRange(rates["coin 1 d"], 0.4, 0.6);
    }

    [Theory]
    [InlineData("{\"model\": \"x\"}", "line 1 must be a JSON object with time, model, predictedPrice above 0")]
    [InlineData("no json", "line 1 must be a JSON object")]
    [InlineData("", "must span at least 3 days; there are 0 answers in all")]
    public async Task answers_that_cannot_be_used_are_told_in_a_line(string line, string told)
    {
        var (candles, _) = Candles(hours: 24 * 10);
        var (code, output, errors) = await CliProgram.RunHereAsync(
            "model", "replay", "--answers", Write("wrong.ndjson", [line]), "--data", candles);
        Assert.Equal((2, ""), (code, output));
        Assert.Contains(told, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task without_answers_it_says_where_they_come_from() => Assert.Contains(
        "which answers? --answers FILE, or those of a journal with --database NAME or --latest",
        (await CliProgram.RunHereAsync("model", "replay", "--data", Candles(48).Path)).Errors, StringComparison.Ordinal);

    [Fact]
    public async Task the_boosted_model_is_trained_and_trained_anew_when_that_is_due()
    {
        var (candles, _) = Candles(hours: 2600);
        var file = Path.Combine(_folder, "boosted.json");
        string[] settings = ["--set", "PriceIntervalSeconds=3600", "--set", "DecisionIntervalSeconds=3600", "--set",
            "HorizonSeconds=14400", "--set", $"BoostedModelFile={file}", "--set",
            "RetrainDays=7", "--data", candles];

        var first = await CliProgram.RunHereAsync(["model", "retrain", .. settings, "--to", "2024-05-10"]);
        Assert.True(first.Code == 0, first.Errors);
        Assert.Contains("walk-forward: ", first.Output, StringComparison.Ordinal);
        var trained = Read(file);
        Assert.Equal((Hour, 4, false), (trained.IntervalSeconds, trained.HorizonSteps, trained.Volume));

        var early = await CliProgram.RunHereAsync(["model", "retrain", .. settings, "--to", "2024-05-12"]);
        Assert.Contains("the next training is due when there are candles up to 2024-05-17", early.Output, StringComparison.Ordinal);
        var due = await CliProgram.RunHereAsync(["model", "retrain", .. settings]);
        Assert.True(due.Code == 0, due.Errors);
        Assert.True(Read(file).TrainedTo > trained.TrainedTo.AddDays(7));

        var boosted = await CliProgram.RunHereAsync(
            "model", "boost", "--data", candles, "--horizon-seconds", "5000", "--out", Path.Combine(_folder, "x.json"));
        Assert.Equal(2, boosted.Code);
        Assert.Contains("--horizon-seconds must be a multiple of the candles' 3600 s, was 5000", boosted.Errors, StringComparison.Ordinal);
    }

    private static BoostedModel Read(string file) => Trading.Hosting.Settings.ModelFile.ReadBoosted(file);

    private string Write(string name, IEnumerable<string> lines)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllLines(path, lines);
        return path;
    }

    private (string Path, double[] Closes) Candles(int hours)
    {
        var (random, price) = (new Random(2), 60_000.0);
        var closes = new double[hours];
        var lines = new List<string> { "open_time_unix_s,open,high,low,close,volume" };
        for (var hour = 0; hour < hours; hour++)
        {
            var open = Math.Round(price, 2);
            price = Math.Round(price * (1 + (random.NextDouble() - 0.5) / 50), 2);
            closes[hour] = price;
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"{Begin.AddHours(hour).ToUnixTimeSeconds()},{open},"
                + $"{Math.Max(open, price)},{Math.Min(open, price)},{price},10"));
        }
        return (Write($"hours{hours}.csv", lines), closes);
    }
}
