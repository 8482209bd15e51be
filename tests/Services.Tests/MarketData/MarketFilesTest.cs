using System.Text;
using Trading.Core;
using Trading.MarketData;

namespace Trading.Services.Tests.MarketData;

/// <summary>A folder for files of a market, and what is written to them and read.</summary>
public abstract class MarketFilesTest : IDisposable
{
    private protected readonly string _folder = Directory.CreateTempSubdirectory("market-files-").FullName;

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        Directory.Delete(_folder, recursive: true);
    }

    private protected static List<Candle> All(IReadOnlyList<string> paths)
    {
        using var source = MarketFiles.Open(paths, whole: true);
        return [.. source.All()];
    }

    private protected string Save(string name, string text, bool bom = false)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text, new UTF8Encoding(bom));
        return path;
    }
}
