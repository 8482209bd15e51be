using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Trading.Core;
using Trading.Core.Strategies;

namespace Trading.Hosting.Settings;

/// <summary>A model file cannot be used: one line with its name and the reason.</summary>
public sealed class ModelFileException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Trained models in files: JSON, small enough to be read at every start.</summary>
public static class ModelFile
{
    private static readonly ConcurrentDictionary<(string File, int RetrainDays), (DateTime Written, ChanceModel Model)> OfExposures = new();

    private const long MostBytes = 16 * 1024 * 1024;
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    { RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true };

    /// <summary>Reads a learned model.</summary>
    /// <exception cref="ModelFileException">There is no such file, or it holds no model that this version can use.</exception>
    public static LearnedModel Read(string path) => Learned(path).Model;

    /// <summary>Reads a boosted model.</summary>
    /// <exception cref="ModelFileException">There is no such file, or it holds no model that this version can use.</exception>
    public static BoostedModel ReadBoosted(string path) => Boosted(path).Model;

    /// <summary>A model of the settings, with its file, how far that was trained and how good it was then.</summary>
    public static ProgramModel Describe(string model, TradingSettings settings)
    {
        if (model == LearnedModel.Name && settings.LearnedModelFile is { } linear && File.Exists(linear))
        {
            var (learned, sha256) = Learned(linear);
            return new(model, sha256, learned.TrainedTo, learned.WalkForward);
        }
        if (model == BoostedModel.Name && settings.BoostedModelFile is { } trees && File.Exists(trees))
        {
            var (boosted, sha256) = Boosted(trees);
            return new(model, sha256, boosted.TrainedTo, boosted.WalkForward);
        }
        return new(model, null);
    }

    /// <summary>The model that has a say in a strategy's exposure under some settings, as its file is now.</summary>
    /// <exception cref="ModelFileException">The file holds no model that this version can use.</exception>
    public static ChanceModel OfExposure(TradingSettings settings)
    {
        var boosted = settings.ExposureModel == BoostedModel.Name;
        var file = (boosted ? settings.BoostedModelFile : settings.LearnedModelFile)
            ?? throw new ModelFileException($"the model {settings.ExposureModel} has no file");
        // Strategies are made often, and the file seldom changes.
        var written = File.GetLastWriteTimeUtc(file);
        return OfExposures.AddOrUpdate((file, settings.RetrainDays), _ => (written, Make()),
            (_, known) => known.Written == written ? known : (written, Make())).Model;

        ChanceModel Make()
        {
            if (!boosted)
            {
                var learned = Read(file);
                return new(learned.IntervalSeconds, LearnedState.Prices, learned.TrainedTo, null, prices => learned.Output(prices));
            }
            var model = ReadBoosted(file);
            return new(model.IntervalSeconds, BoostedFeatures.Prices, model.TrainedTo,
                settings.RetrainDays > 0 ? model.TrainedTo.AddDays(2 * settings.RetrainDays) : null, prices => model.Output(prices));
        }
    }

    private static (LearnedModel Model, string Sha256) Learned(string path) => Read<LearnedModel>(
        path, "a learned model", LearnedModel.FormatName, LearnedModel.OldestVersion, LearnedModel.CurrentVersion,
        model => model.Violation());

    private static (BoostedModel Model, string Sha256) Boosted(string path) => Read<BoostedModel>(
        path, "a boosted model", BoostedModel.FormatName, BoostedModel.OldestVersion, BoostedModel.CurrentVersion,
        model => model.Violation());

    // Read once: the file may be replaced at any time, and the digest is that of the model that is used.
    private static (T Model, string Sha256) Read<T>(string path, string what, string format, int oldest, int newest,
        Func<T, string?> violationOf)
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MostBytes })
                throw new ModelFileException($"{path} is no file of {what}: it is larger than {MostBytes} bytes");
            var bytes = File.ReadAllBytes(path);
            var header = JsonSerializer.Deserialize<Header>(bytes, Options);
            // The format comes first: another version may have other fields.
            if (header?.Format != format)
                throw new ModelFileException($"{path} is no file of {what}: it is not a {format}");
            if (header.Version < oldest || header.Version > newest)
                throw new ModelFileException(
                    $"{path} cannot be used: it has version {header.Version}, this program reads {oldest} to {newest}");
            var model = JsonSerializer.Deserialize<T>(bytes, Options)!;
            return violationOf(model) is { } violation ? throw new ModelFileException($"{path} cannot be used: {violation}")
                : (model, Convert.ToHexStringLower(SHA256.HashData(bytes)));
        }
        catch (JsonException damaged)
        {
            throw new ModelFileException($"{path} is no file of {what}: {damaged.Message}", damaged);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new ModelFileException($"{path} cannot be read: {unreadable.Message}", unreadable);
        }
    }

    /// <summary>Writes a model; the old file is replaced when the new one is complete.</summary>
    public static void Write<T>(T model, string path)
    {
        var beside = $"{path}.new";
        File.WriteAllBytes(beside, JsonSerializer.SerializeToUtf8Bytes(model, Options));
        File.Move(beside, path, overwrite: true);
    }

    private sealed record Header(string? Format = null, int Version = 0);
}
