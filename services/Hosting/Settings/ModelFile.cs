using System.Security.Cryptography;
using System.Text.Json;
using Trading.Core;

namespace Trading.Hosting.Settings;

/// <summary>A model file cannot be used: one line with its name and the reason.</summary>
public sealed class ModelFileException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Trained models in files: JSON, small enough to be read at every start.</summary>
public static class ModelFile
{
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

    private static (LearnedModel Model, string Sha256) Learned(string path) => Read<LearnedModel>(
        path, "a learned model", LearnedModel.FormatName, LearnedModel.CurrentVersion, model => model.Violation());

    private static (BoostedModel Model, string Sha256) Boosted(string path) => Read<BoostedModel>(
        path, "a boosted model", BoostedModel.FormatName, BoostedModel.CurrentVersion, model => model.Violation());

    // Read once: the file may be replaced at any time, and the digest is that of the model that is used.
    private static (T Model, string Sha256) Read<T>(string path, string what, string format, int version, Func<T, string?> violationOf)
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
            if (header.Version != version)
                throw new ModelFileException(
                    $"{path} cannot be used: it has version {header.Version}, this program reads version {version}");
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
