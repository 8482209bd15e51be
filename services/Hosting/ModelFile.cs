using System.Text.Json;
using Trading.Core;

namespace Trading.Hosting;

/// <summary>A file of a model that cannot be used: one line that says which, and why.</summary>
public sealed class ModelFileException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The learned model in a file: JSON, small enough to be read at every start.</summary>
public static class ModelFile
{
    private const long MostBytes = 16 * 1024 * 1024;
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true };

    /// <summary>Reads a model.</summary>
    /// <exception cref="ModelFileException">There is no such file, or it holds no model that this version can use.</exception>
    public static LearnedModel Read(string path)
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MostBytes })
                throw new ModelFileException($"{path} is no file of a learned model: it is larger than {MostBytes} bytes");
            var header = JsonSerializer.Deserialize<Header>(File.ReadAllBytes(path), Options);
            // What it is comes first: another version may lack what this one asks for.
            if (header?.Format != LearnedModel.FormatName)
                throw new ModelFileException($"{path} is no file of a learned model: it is not a {LearnedModel.FormatName}");
            if (header.Version != LearnedModel.CurrentVersion)
                throw new ModelFileException($"{path} cannot be used: it has version {header.Version}, this program reads version {LearnedModel.CurrentVersion}");
            var model = JsonSerializer.Deserialize<LearnedModel>(File.ReadAllBytes(path), Options)!;
            return model.Violation() is { } violation ? throw new ModelFileException($"{path} cannot be used: {violation}") : model;
        }
        catch (JsonException damaged)
        {
            throw new ModelFileException($"{path} is no file of a learned model: {damaged.Message}", damaged);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new ModelFileException($"{path} cannot be read: {unreadable.Message}", unreadable);
        }
    }

    /// <summary>Writes a model; what stood there before stays until the new one is whole.</summary>
    public static void Write(LearnedModel model, string path)
    {
        var beside = $"{path}.new";
        File.WriteAllBytes(beside, JsonSerializer.SerializeToUtf8Bytes(model, Options));
        File.Move(beside, path, overwrite: true);
    }

    private sealed record Header(string? Format = null, int Version = 0);
}
