using System.Globalization;
using System.Text;

namespace Trading.MarketData;

/// <summary>Reads a binary table; given by programs that can, because it needs libraries that services do without.</summary>
/// <param name="name">Where the table comes from.</param>
/// <param name="bytes">The file.</param>
/// <exception cref="CandleFileException">The file is damaged.</exception>
public delegate BinaryTable BinaryTableReader(string name, byte[] bytes);

/// <summary>A column of a binary table; one of its arrays is given.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Whole">Whole numbers, or instants in any unit; <see cref="long.MinValue"/> for none.</param>
/// <param name="Real">Numbers; not a number for none.</param>
/// <param name="Exact">Decimal numbers; <see cref="decimal.MinValue"/> for none.</param>
/// <param name="Words">Text; null for none.</param>
public sealed record BinaryColumn(
    string Name, long[]? Whole = null, double[]? Real = null, decimal[]? Exact = null, string?[]? Words = null)
{
    /// <summary>A field as text.</summary>
    public string Text(int row) =>
        Whole is not null ? Whole[row] == long.MinValue ? "" : Whole[row].ToString(CultureInfo.InvariantCulture)
        : Real is not null ? double.IsNaN(Real[row]) ? "" : Real[row].ToString("R", CultureInfo.InvariantCulture)
        : Exact is not null ? Exact[row] == decimal.MinValue ? "" : Exact[row].ToString(CultureInfo.InvariantCulture)
        : Words![row]?.Replace('\t', ' ').Replace('\n', ' ') ?? "";
}

/// <summary>The columns of a binary table.</summary>
/// <param name="Columns">The columns, all of one length.</param>
/// <param name="Rows">How many rows there are.</param>
public sealed record BinaryTable(IReadOnlyList<BinaryColumn> Columns, int Rows)
{
    private const int Sampled = 40;

    /// <summary>Rows from everywhere as lines of text with tabs, the names first: they tell what the columns are.</summary>
    internal byte[] Sample() => Text(Rows <= 5 * Sampled
        ? Enumerable.Range(0, Rows)
        : Enumerable.Range(0, 5).SelectMany(part => Enumerable.Range((int)((long)(Rows - Sampled) * part / 4), Sampled)));

    /// <summary>All rows as lines of text.</summary>
    internal byte[] Text() => Text(Enumerable.Range(0, Rows));

    private byte[] Text(IEnumerable<int> rows)
    {
        using var lines = new MemoryStream();
        using (var writer = new StreamWriter(lines, new UTF8Encoding(false)) { NewLine = "\n" })
        {
            writer.WriteLine(string.Join('\t', Columns.Select(column => column.Name)));
            foreach (var row in rows)
                writer.WriteLine(string.Join('\t', Columns.Select(column => column.Text(row))));
        }
        return lines.ToArray();
    }
}
