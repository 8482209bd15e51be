namespace Trading.Services.Tests.MarketData;

/// <summary>Damages a file as disks, tools and people do.</summary>
internal static class FileDamage
{
    internal static string Damaged(string text, string damage, Random random)
    {
        var lines = text.Split('\n').ToList();
        var first = lines.FindIndex(line => line.Count(c => c == ',') > 3 && line.Any(char.IsAsciiDigit));
        switch (damage)
        {
            // Between two fields: within the last one nobody could tell.
            case "cut":
                var end = text.LastIndexOf(',', random.Next(text.Length / 2, text.Length));
                return text[..end];
            case "doubled":
                return string.Join('\n', lines.Concat(lines[first..]));
            case "shuffled":
                return string.Join('\n', lines[..first].Concat(lines[first..].OrderBy(_ => random.Next())));
            // A price and the volume of every row stand in each other's place, the names where they were.
            case "columns":
                var names = first > 0 ? lines[first - 1].ToUpperInvariant().Split(',', StringSplitOptions.TrimEntries) : [];
                int Place(string name, int otherwise) =>
                    Array.FindIndex(names, one => one.StartsWith(name, StringComparison.Ordinal)) is >= 0 and var at ? at : otherwise;
                var price = random.Next(3) switch { 0 => Place("OPEN", 1), 1 => Place("HIGH", 2), _ => Place("LOW", 3) };
                return string.Join('\n', lines.Select((line, i) => i < first ? line : Swapped(line, price, Place("VOL", 5))));
            case "units":
                return string.Join('\n', lines.Select((line, i) => i < first || random.Next(3) > 0 ? line
                    : System.Text.RegularExpressions.Regex.Replace(line, "(?<![\\d.])(\\d{10,16})(?![\\d.])", "${1}000")));
            case "mark":
                return "\ufeff" + text;
            case "ends":
                return text.Replace("\n", "\r\n", StringComparison.Ordinal);
            case "semicolons":
                return text.Replace(',', ';');
            case "tabs":
                return text.Replace(',', '\t');
            default:
                return string.Join('\n', lines.Select((line, i) =>
                    i >= first && random.Next(5) == 0 && line.Contains(',', StringComparison.Ordinal)
                    ? line[..line.LastIndexOf(',')] : line));
        }
    }

    private static string Swapped(string line, int one, int other)
    {
        var fields = line.Split(',');
        if (other < fields.Length)
            (fields[one], fields[other]) = (fields[other], fields[one]);
        return string.Join(',', fields);
    }

    // Cut off, lines doubled, shuffled, a field lost, another unit of time, other separators and line ends, garbage.
    internal static string Damage(string text, Random random)
    {
        var lines = text.Split('\n').ToList();
        switch (random.Next(9))
        {
            case 0:
                return text[..random.Next(1, text.Length)];
            case 1:
                lines.InsertRange(random.Next(lines.Count), lines.GetRange(0, Math.Min(3, lines.Count)));
                break;
            case 2:
                lines = [.. lines.OrderBy(_ => random.Next())];
                break;
            case 3:
                lines = [.. lines.Select(line => random.Next(4) == 0 ? line[(line.IndexOf(',', StringComparison.Ordinal) + 1)..] : line)];
                break;
            case 4:
                lines = [.. lines.Select((line, i) =>
                    i > lines.Count / 2 ? line.Replace("000,", ",", StringComparison.Ordinal) : line)];
                break;
            case 5:
                return text.Replace(",", ";", StringComparison.Ordinal);
            case 6:
                return "\ufeff" + text.Replace("\n", "\r\n", StringComparison.Ordinal);
            case 7:
                lines.Insert(random.Next(lines.Count),
                    new string([.. Enumerable.Range(0, 60).Select(_ => (char)random.Next(33, 1000))]));
                break;
            default:
                lines = [.. lines.Select(line => random.Next(6) == 0 ? line[..random.Next(line.Length + 1)] : line)];
                break;
        }
        return string.Join('\n', lines);
    }
}
