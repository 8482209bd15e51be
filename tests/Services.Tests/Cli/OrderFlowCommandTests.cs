using System.Globalization;
using System.Text.Json;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.Cli;

/// <summary>Order flow in the commands that train: taken where the data has it, refused where it has not.</summary>
public sealed class OrderFlowCommandTests : SerialTest
{
    [Fact]
    public async Task a_boosted_model_is_trained_on_order_flow_where_the_data_has_it_and_refused_where_it_has_not()
    {
        var (klines, bare, model) = (Klines(900, flow: true), Klines(900, flow: false), Path.Combine(Folder, "model.json"));

        var (code, output, errors) = await Boost(klines, "flow");
        Assert.True(code == 0, errors);
        Assert.Contains("for research alone: it was trained on volumes and order flow, which live prices do not have", output,
            StringComparison.Ordinal);
        Assert.Equal(BoostedInputs.Flow, ModelFile.ReadBoosted(model).Inputs());
        File.Delete(model);

        (code, _, errors) = await Boost(bare, "flow");
        Assert.Equal(2, code);
        Assert.StartsWith($"trading: --inputs flow: {bare} does not say what takers bought; klines of Binance do", errors,
            StringComparison.Ordinal);
        (code, _, errors) = await Boost(klines, "flows");
        Assert.True(code != 0);
        Assert.Contains("'flows' not recognized", errors, StringComparison.Ordinal);
        Assert.False(File.Exists(model));

        foreach (var inputs in new[] { BoostedInputs.Prices, BoostedInputs.Volume })
        {
            Assert.Equal(0, (await Boost(bare, inputs.ToString().ToLowerInvariant())).Code);
            Assert.Equal(inputs, ModelFile.ReadBoosted(model).Inputs());
        }

        Task<CliProgram.Result> Boost(string data, string inputs) =>
            CliProgram.RunHereAsync("model", "boost", "--data", data, "--out", model, "--folds", "1", "--inputs", inputs);
    }

    [Fact]
    public async Task converting_says_that_order_flow_is_left_behind()
    {
        foreach (var flow in new[] { true, false })
        {
            var (code, _, errors) = await CliProgram.RunHereAsync(
                "data", "convert", "--data", Klines(30, flow), "--output", Path.Combine(Folder, $"{flow}.csv"));
            Assert.True(code == 0, errors);
            Assert.Equal(flow, errors.Contains("train on order flow from the files themselves", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task a_tournament_over_data_with_order_flow_has_models_that_see_it_and_over_other_data_it_is_as_it_was()
    {
        string[] horizons = ["1 h", "4 h", "1 d", "7 d"];
        string[] without = [.. horizons.Select(horizon => $"learned {horizon}"), .. horizons.Select(horizon => $"boosted {horizon}"),
            .. horizons.Select(horizon => $"boosted {horizon} with volume")];
        var (models, others) = await Tournament(flow: false);
        Assert.Equal(without, models);

        var (seeing, all) = await Tournament(flow: true);
        Assert.Equal([.. without, .. horizons.Select(horizon => $"boosted {horizon} with flow")], seeing);
        string[] more = [.. seeing.Except(without), .. seeing.Except(without).Select(model => $"trend × {model}")];
        Assert.Equal(more.Order(), all.Except(others).Order());
        Assert.Equal(all.Count, others.Count + more.Length);

        async Task<(List<string> Models, List<string> Contestants)> Tournament(bool flow)
        {
            var (code, output, errors) = await CliProgram.RunHereAsync(
                "tournament", "--data", Klines(24 * 40, flow), "--samples", "2", "--shuffles", "0", "--json");
            Assert.True(code == 0, errors);
            var table = JsonDocument.Parse(output).RootElement;
            List<string> Names(JsonElement rows) => [.. rows.EnumerateArray().Select(row => row.GetProperty("name").GetString()!)];
            // Of the exposures at random the middle one is shown.
            return (Names(table.GetProperty("models")), [.. Names(table.GetProperty("stretches")[0].GetProperty("rows"))
                .Where(name => !name.StartsWith("random", StringComparison.Ordinal))]);
        }
    }

    // Hours as Binance writes them; without flow the columns end at the volume.
    private string Klines(int hours, bool flow)
    {
        var (random, price, path) = (new Random(1), 60_000m, Path.Combine(Folder, flow ? "klines.csv" : "bare.csv"));
        File.WriteAllLines(path, Enumerable.Range(0, hours).Select(hour =>
        {
            var (open, at) = (price, (1_704_067_200L + 3600 * hour) * 1000);
            price = Math.Round(price * (1 + (decimal)(random.NextDouble() - 0.5) / 100), 2);
            var volume = random.Next(10, 100);
            var taker = random.Next(0, volume + 1);
            var candle = string.Create(CultureInfo.InvariantCulture,
                $"{at},{open},{Math.Max(open, price)},{Math.Min(open, price)},{price},{volume}");
            return flow ? string.Create(CultureInfo.InvariantCulture, $"{candle},{at + 3_599_999},{volume * price},9,{taker},1,0") : candle;
        }));
        return path;
    }
}
