namespace Trading.AllInOne;

/// <summary>Knows whether a line is logged for the first time or again; the newest few hundred are kept.</summary>
internal sealed class ShownLines
{
    private const int Kept = 500;

    private readonly Lock _gate = new();
    private readonly HashSet<string> _known = [];
    private readonly Queue<string> _order = new();

    /// <summary>Whether a line was not shown yet.</summary>
    public bool First(string line)
    {
        lock (_gate)
        {
            if (!_known.Add(line))
                return false;
            _order.Enqueue(line);
            if (_order.Count > Kept)
                _known.Remove(_order.Dequeue());
            return true;
        }
    }
}
