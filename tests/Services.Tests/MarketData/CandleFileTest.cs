using System.Globalization;
using System.IO.Compression;
using System.Text;
using Trading.Core;

namespace Trading.Services.Tests.MarketData;

/// <summary>A folder for files of candles, and what is written to them.</summary>
public abstract class CandleFileTest : IDisposable
{
    private protected const long Start = 1704067200;

    private protected readonly string _folder = Directory.CreateTempSubdirectory("candles-").FullName;

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        Directory.Delete(_folder, recursive: true);
    }

    private protected static DateTimeOffset At(int minute) => DateTimeOffset.FromUnixTimeSeconds(Start + 60 * minute);

    private protected static Candle Minute(int i) => new(Start + 60 * i, 100 + i, 101.5m + i, 99 + i, 100.25m + i, i / 8m);

    private protected static string Row(int i) =>
        string.Create(CultureInfo.InvariantCulture, $"{Start + 60 * i},{100 + i},{101.5m + i},{99 + i},{100.25m + i},{i / 8m}");

    private protected static IEnumerable<string> Minutes(int first, int count) => Enumerable.Range(first, count).Select(Row);

    private protected string Save(string name, IEnumerable<string> rows, bool compressed = false)
    {
        var text = string.Join('\n', [CandleCsv.Header, .. rows, ""]);
        return SaveBytes(name, compressed ? Compress(text) : Encoding.UTF8.GetBytes(text));
    }

    private protected string SaveBytes(string name, byte[] content)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    private protected static byte[] Compress(string text)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return compressed.ToArray();
    }
}
