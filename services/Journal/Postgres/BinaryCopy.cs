using System.Buffers.Binary;
using Npgsql;
using Trading.Core;

namespace Trading.Journal.Postgres;

/// <summary>
/// Rows as PostgreSQL sends them for COPY in binary form; no column is converted to a value: the fastest way to hash them. A row is read in
/// place in the receive buffer, so it is valid until the next one.
/// </summary>
internal sealed class BinaryCopy : IAsyncDisposable
{
    private const int HeaderLength = 19;
    private const int FirstCapacity = 512 * 1024;
    // The leaf prefix is written in front of each row's columns, over bytes that were read before.
    private const int Slack = 16;

    private readonly Stream _stream;
    private readonly (int Begin, int Length)[] _fields;
    private byte[] _buffer = new byte[FirstCapacity];
    private int _begin = Slack;
    private int _end = Slack;
    private int _row;
    private int _rowEnd;
    private bool _ended;

    private BinaryCopy(Stream stream, int columns) => (_stream, _fields) = (stream, new (int, int)[columns]);

    /// <summary>The columns of the current row after free bytes for the leaf prefix.</summary>
    public Span<byte> PrefixedRow => _buffer.AsSpan(_row - AuditLeaf.PrefixLength, AuditLeaf.PrefixLength + _rowEnd - _row);

    /// <summary>Starts to read the rows of a query.</summary>
    public static async Task<BinaryCopy> StartAsync(NpgsqlConnection connection, string query, int columns, CancellationToken cancellation)
    {
        var copy = new BinaryCopy(
            await connection.BeginRawBinaryCopyAsync($"copy ({query}) to stdout (format binary)", cancellation), columns);
        while (copy._end - copy._begin < HeaderLength)
            await copy.FillAsync(cancellation);
        copy._begin += HeaderLength;
        return copy;
    }

    /// <summary>Whether a column of the current row is null.</summary>
    public bool IsNull(int column) => _fields[column].Length < 0;

    /// <summary>A column of the current row; empty where it is null.</summary>
    public ReadOnlySpan<byte> Field(int column) => _buffer.AsSpan(_fields[column].Begin, Math.Max(0, _fields[column].Length));

    /// <summary>
    /// A bigint column of the current row; 0 where it is null. Anyone who can write to the database can change the column's type too:
    /// another integer is read as it is, and anything else is 0.
    /// </summary>
    public long Int64(int column) => Field(column) switch
    {
        { Length: sizeof(long) } value => BinaryPrimitives.ReadInt64BigEndian(value),
        { Length: sizeof(int) } value => BinaryPrimitives.ReadInt32BigEndian(value),
        _ => 0,
    };

    /// <summary>Moves to the next row; false after the last.</summary>
    public ValueTask<bool> ReadAsync(CancellationToken cancellation) =>
        TryNext() ? new(true) : _ended ? new(false) : FillAndReadAsync(cancellation);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private async ValueTask<bool> FillAndReadAsync(CancellationToken cancellation)
    {
        do
            await FillAsync(cancellation);
        while (!TryNext() && !_ended);
        // The end of the copy comes after the end of the rows and frees the connection.
        return !_ended || (await _stream.ReadAsync(_buffer, cancellation)) < 0;
    }

    private bool TryNext()
    {
        if (_end - _begin < sizeof(short) || _ended)
            return false;
        var count = BinaryPrimitives.ReadInt16BigEndian(_buffer.AsSpan(_begin));
        if (count < 0)
        {
            _ended = true;
            return false;
        }
        if (count != _fields.Length)
            throw new InvalidDataException($"A row of {count} columns came where {_fields.Length} were asked for.");
        var at = _begin + sizeof(short);
        for (var column = 0; column < count; column++)
        {
            if (_end - at < sizeof(int))
                return false;
            var length = BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(at));
            at += sizeof(int);
            _fields[column] = (at, length);
            at += Math.Max(0, length);
            if (at > _end)
                return false;
        }
        (_row, _rowEnd, _begin) = (_begin + sizeof(short), at, at);
        return true;
    }

    private async ValueTask FillAsync(CancellationToken cancellation)
    {
        if (_begin == _end)
        {
            _begin = _end = Slack;
        }
        else if (_buffer.Length - _end < _buffer.Length / 4)
        {
            var kept = _end - _begin;
            var target = kept > _buffer.Length / 2 ? new byte[checked(2 * _buffer.Length)] : _buffer;
            Buffer.BlockCopy(_buffer, _begin, target, Slack, kept);
            (_buffer, _begin, _end) = (target, Slack, Slack + kept);
        }
        var read = await _stream.ReadAsync(_buffer.AsMemory(_end), cancellation);
        if (read == 0)
            throw new InvalidDataException("The server's rows ended in the middle.");
        _end += read;
    }
}
