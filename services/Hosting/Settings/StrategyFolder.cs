using System.Reflection;
using System.Security.Cryptography;
using Trading.Core.Strategies;

namespace Trading.Hosting.Settings;

/// <summary>A library with strategies from outside, and what it was.</summary>
/// <param name="File">The file.</param>
/// <param name="Sha256">Its SHA-256.</param>
/// <param name="Names">The strategies in it.</param>
public sealed record StrategyLibrary(string File, string Sha256, IReadOnlyList<string> Names);

/// <summary>
/// Strategies of class libraries in a folder: every public class that is an <see cref="ITradingStrategy"/> and has a public static property
/// Info of type <see cref="StrategyInfo"/>. They run as part of this program, with all its rights.
/// </summary>
public static class StrategyFolder
{
    private static readonly Lock Gate = new();
    private static readonly Dictionary<string, StrategyLibrary> ByFile = [];

    /// <summary>The libraries that were loaded.</summary>
    public static IReadOnlyCollection<StrategyLibrary> Loaded
    {
        get
        {
            lock (Gate)
                return [.. ByFile.Values];
        }
    }

    /// <summary>Loads every library of a folder that was not loaded before.</summary>
    /// <exception cref="ArgumentException">There is no such folder, or a library cannot be used; the message is one line.</exception>
    public static void Load(string folder)
    {
        if (!Directory.Exists(folder))
            throw new ArgumentException($"there is no folder {folder}");
        lock (Gate)
        {
            foreach (var file in Directory.GetFiles(Path.GetFullPath(folder), "*.dll").Order(StringComparer.Ordinal))
            {
                if (!ByFile.ContainsKey(file))
                    ByFile[file] = LoadFile(file);
            }
        }
    }

    private static StrategyLibrary LoadFile(string file)
    {
        try
        {
            var hash = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));
            var infos = Assembly.LoadFrom(file).GetExportedTypes()
                .Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(ITradingStrategy)))
                .Select(type => type.GetProperty("Info", BindingFlags.Public | BindingFlags.Static)?.GetValue(null)).OfType<StrategyInfo>()
                .ToList();
            foreach (var info in infos)
                TradingStrategies.Add(info);
            return new(file, hash, [.. infos.Select(info => info.Name)]);
        }
        catch (Exception unfit) when (unfit is BadImageFormatException or IOException or ReflectionTypeLoadException or TypeLoadException
            or TargetInvocationException or ArgumentException)
        {
            throw new ArgumentException($"{file} cannot be used for strategies: {unfit.GetBaseException().Message}", unfit);
        }
    }
}
