using System.Text.Json.Serialization;

namespace Trading.Dashboard.Reading;

/// <summary>
/// Rows in order, oldest first. Written under the lock of the view; what a reader takes stays as it is while it is read without that lock,
/// except that a row may be replaced by its newer form.
/// </summary>
/// <typeparam name="T">A row.</typeparam>
public sealed class Rows<T>
    where T : class
{
    private readonly int _longest;
    private T[] _rows;
    private int _count;

    /// <summary>Rows that were kept before.</summary>
    /// <param name="most">Most rows that are kept; an eighth more may be there until the oldest are dropped together.</param>
    /// <param name="dropped">How many were dropped.</param>
    /// <param name="kept">The others, oldest first.</param>
    [JsonConstructor]
    public Rows(int most, long dropped, IReadOnlyList<T> kept)
    {
        (Most, Dropped, _longest) = (most, dropped, (int)Math.Min(Array.MaxLength, most + most / 8L));
        _rows = new T[Math.Min(_longest, Math.Max(256, kept.Count))];
        for (; _count < Math.Min(kept.Count, _longest); _count++)
            _rows[_count] = kept[_count];
    }

    /// <summary>Most rows that are kept.</summary>
    public int Most { get; }

    /// <summary>Rows that are no longer kept.</summary>
    public long Dropped { get; private set; }

    /// <summary>What is kept, to be written.</summary>
    public IReadOnlyList<T> Kept => Taken;

    /// <summary>What is kept, oldest first.</summary>
    [JsonIgnore]
    public IReadOnlyList<T> Taken => new ArraySegment<T>(_rows, 0, _count);

    /// <summary>The newest; null for none.</summary>
    [JsonIgnore]
    public T? Last => _count == 0 ? null : _rows[_count - 1];

    /// <summary>A copy, which stays as it is.</summary>
    public Rows<T> Copy() => new(Most, Dropped, Taken);

    /// <summary>Adds a row.</summary>
    /// <returns>Its number, from 0, which it keeps.</returns>
    public long Add(T row)
    {
        if (_count == _rows.Length)
            MakeRoom();
        _rows[_count] = row;
        return Dropped + _count++;
    }

    /// <summary>The row with a number; null when it is no longer kept.</summary>
    public T? Find(long number) => number < Dropped || number >= Dropped + _count ? null : _rows[number - Dropped];

    /// <summary>Replaces a row that is kept.</summary>
    public void Replace(long number, T row) => _rows[number - Dropped] = row;

    // Always into another array: readers keep the one that they took.
    private void MakeRoom()
    {
        var drop = _count == _longest ? _count - Most : 0;
        var rows = new T[drop > 0 ? _longest : (int)Math.Min(_longest, 2L * _count)];
        Array.Copy(_rows, drop, rows, 0, _count - drop);
        (_rows, _count, Dropped) = (rows, _count - drop, Dropped + drop);
    }
}
