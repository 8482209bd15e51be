using System.Text;

namespace Trading.Hosting;

/// <summary>Breaks lines that are wider than the terminal between two words: a terminal breaks them within one.</summary>
public static class WholeWords
{
    // Below it nothing reads well.
    private const int LeastWidth = 40;

    /// <summary>
    /// The text with a line break in place of a space wherever a line would be wider. What follows is indented as the line is. Lines that
    /// programs read (JSON), and those with colours, which were fitted already, stay as they are; so does a word that is wider by itself.
    /// </summary>
    /// <param name="text">One line or several.</param>
    /// <param name="width">Columns of the terminal; less than 40 where that is not known.</param>
    public static string Fit(string text, int width)
    {
        if (width < LeastWidth || text.Length <= width || text.Contains('\u001b', StringComparison.Ordinal))
            return text;
        return string.Join('\n', text.Split('\n').Select(line => Line(line, width)));
    }

    private static string Line(string line, int width)
    {
        var words = line.TrimStart(' ');
        if (line.TrimEnd('\r').Length <= width || words is ['{' or '[' or '"' or '}' or ']', ..])
            return line;
        var indent = new string(' ', Math.Min(line.Length - words.Length, width / 2));
        var (fitted, column) = (new StringBuilder(indent), indent.Length);
        foreach (var word in words.Split(' '))
        {
            // The spaces between columns of a line stay.
            if (column > indent.Length && column + 1 + word.Length > width)
            {
                fitted.Append('\n').Append(indent);
                column = indent.Length;
            }
            else if (column > indent.Length)
            {
                fitted.Append(' ');
                column++;
            }
            fitted.Append(word);
            column += word.Length;
        }
        return fitted.ToString();
    }
}
