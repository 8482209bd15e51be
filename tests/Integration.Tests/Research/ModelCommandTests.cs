using System.Text.Json;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Integration.Tests.Research;

/// <summary>trading model as a program: what is trained, and what is said of it.</summary>
public sealed class ModelCommandTests : SerialTest
{
    [Fact]
    public async Task a_model_is_trained_the_same_each_time_and_judged_on_what_came_after()
    {
        var candles = InProcessSystem.WriteCandles(Folder, minutes: 6000, seed: 1);
        var (model, again) = (Path.Combine(Folder, "model.json"), Path.Combine(Folder, "again.json"));
        string[] train = ["model", "train", "--data", candles, "--to", "2024-03-04T00:00Z", "--horizon-seconds", "600", "--epochs", "3"];

        Assert.StartsWith("trained on 4,320 prices from 2024-03-01 00:01 to 2024-03-04 00:00 UTC",
            await Ended(0, [.. train, "--out", model]), StringComparison.Ordinal);
        await Ended(0, [.. train, "--out", again]);
        Assert.Equal(await File.ReadAllTextAsync(model), await File.ReadAllTextAsync(again));
        using (var written = JsonDocument.Parse(await File.ReadAllTextAsync(model)))
            Assert.Equal(4320, written.RootElement.GetProperty("trainedPrices").GetInt32());

        var told = await Ended(0, "model", "evaluate", "--model", model, "--data", candles);
        Assert.StartsWith("out of sample: 2024-03-04 00:", told, StringComparison.Ordinal);
        Assert.Contains("VERDICT: ", told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("train --data {data} --out {folder}/none.json --horizon-seconds 90",
        "--horizon-seconds must be a multiple of the candles' 60 s, was 90")]
    [InlineData("train --data {data} --out {folder}/none.json --to 2024-03-01T03:00Z",
        "training needs at least 2000 candles, there are 180")]
    [InlineData("train --data {data} --out {folder}/none.json --epochs 0", "--epochs must be 1 to 1000, was 0")]
    [InlineData("train --data {folder}/nowhere.csv --out {folder}/none.json", "nowhere.csv does not exist")]
    [InlineData("evaluate --model {data} --data {data}", "")]
    [InlineData("evaluate --model {folder}/nowhere.json --data {data}", "nowhere.json")]
    public async Task a_mistake_is_reported_without_a_stack_trace_and_nothing_is_written(string arguments, string message)
    {
        var data = InProcessSystem.WriteCandles(Folder, minutes: 2100, seed: 2);
        var (code, _, errors) = await CliProgram.RunHereAsync(["model", .. arguments.Split(' ')
            .Select(argument =>
                argument.Replace("{data}", data, StringComparison.Ordinal).Replace("{folder}", Folder, StringComparison.Ordinal))]);
        Assert.True(code != 0, errors);
        Assert.Contains(message, errors, StringComparison.Ordinal);
        Assert.NotEqual("", errors);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(Folder, "none.json")));
    }

    private static async Task<string> Ended(int code, params string[] arguments)
    {
        var (ended, output, errors) = await CliProgram.RunAsync(null, arguments);
        Assert.True(ended == code, $"ended with {ended}: {errors}{output}");
        return output;
    }
}
