using System.Text.Json.Nodes;
using Trading.Core;
using Trading.Hosting.Settings;
using Xunit;

namespace Trading.Services.Tests.Hosting;

/// <summary>The file of the learned model: read back as it was written, or refused in one line.</summary>
public sealed class ModelFileTests : IDisposable
{
    internal static readonly LearnedModel Model = new(
        LearnedModel.FormatName, LearnedModel.CurrentVersion, PriceFeatures.Definition, 60, 60, 2, 1, 0.01, 1, DateTimeOffset.UnixEpoch,
        DateTimeOffset.UnixEpoch.AddDays(1), 1440, "ab", new(1000, 0.51, 0.2499), 0.5, 0.8,
        [.. Enumerable.Range(0, new Gru(PriceFeatures.Count, 2).Weights).Select(i => 1 / (i + 3.0))]);

    private readonly string _folder = Directory.CreateTempSubdirectory("trading-test-").FullName;

    private string Path => System.IO.Path.Combine(_folder, "learned.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void a_model_is_read_back_to_the_last_bit()
    {
        ModelFile.Write(Model, Path);

        var read = ModelFile.Read(Path);

        Assert.Equal(Model.Weights, read.Weights);
        Assert.Equal($"{Model with { Weights = [] }}", $"{read with { Weights = [] }}");
        Assert.Equal([Path], Directory.GetFiles(_folder));
    }

    [Theory]
    [InlineData("version", 3, "cannot be used: it has version 3, this program reads 1 to 2")]
    [InlineData("format", "other", "is no file of a learned model: it is not a trading-learned-model")]
    [InlineData("hidden", 3, "cannot be used: it must have 130 weights, has 81")]
    public void a_file_of_something_else_is_refused_with_the_reason(string field, object value, string reason)
    {
        ModelFile.Write(Model, Path);
        var file = JsonNode.Parse(File.ReadAllText(Path))!;
        file[field] = JsonValue.Create(value);
        File.WriteAllText(Path, file.ToJsonString());

        Assert.Equal($"{Path} {reason}", Assert.Throws<ModelFileException>(() => ModelFile.Read(Path)).Message);
    }

    [Fact]
    public void a_damaged_file_and_one_that_is_not_there_are_refused()
    {
        Assert.StartsWith($"{Path} cannot be read: ",
            Assert.Throws<ModelFileException>(() => ModelFile.Read(Path)).Message, StringComparison.Ordinal);
        ModelFile.Write(Model, Path);
        File.WriteAllText(Path, File.ReadAllText(Path)[..200]);
        Assert.StartsWith($"{Path} is no file of a learned model: ",
            Assert.Throws<ModelFileException>(() => ModelFile.Read(Path)).Message, StringComparison.Ordinal);
        File.WriteAllText(Path, "[]");
        Assert.StartsWith($"{Path} is no file of a learned model: ",
            Assert.Throws<ModelFileException>(() => ModelFile.Read(Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void settings_want_a_file_for_the_model_and_one_for_their_interval_and_horizon()
    {
        TradingSettings settings = new() { Models = ["technical", "learned"] };
        Assert.Equal("Trading:LearnedModelFile must be a file, for Models has learned, was empty", Assert.Single(settings.Validate()));

        ModelFile.Write(Model, Path);
        Assert.Empty((settings with { LearnedModelFile = Path }).Validate());
        Assert.Equal(
            "Trading:LearnedModelFile must be a model for Trading:PriceIntervalSeconds=60 and Trading:HorizonSeconds=600, "
            + "was one for 60 and 3600",
            Assert.Single((settings with { LearnedModelFile = Path, HorizonSeconds = 600 }).Validate()));
        File.WriteAllText(Path, "{}");
        Assert.Equal($"Trading:LearnedModelFile: {Path} is no file of a learned model: it is not a trading-learned-model",
            Assert.Single((settings with { LearnedModelFile = Path }).Validate()));
    }
}
