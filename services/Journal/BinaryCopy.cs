using System.Buffers;
using System.Buffers.Binary;
using Npgsql;
using Trading.Core;

namespace Trading.Journal;

/// <summary>
/// Rows as PostgreSQL sends them for COPY in binary form, without a value being made of any column: the fastest way to hash them. The row is looked at in the buffer into which it
/// was read, so it is gone with the next one.
/// </summary>
internal sealed class BinaryCopy : IAsyncDisposable
{
    private const int HeaderLength = 19;
    private const int FirstCapacity = 512 * 1024;
    // In front of each row's columns the leaf prefix is written over what has been read already.
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

    /// <summary>The columns of the current row behind free bytes for the leaf prefix.</summary>
    public Span<byte> PrefixedRow => _buffer.AsSpan(_row - AuditLeaf.PrefixLength, AuditLeaf.PrefixLength + _rowEnd - _row);

    /// <summary>Starts to read the rows of a query.</summary>
    public static async Task<BinaryCopy> StartAsync(NpgsqlConnection connection, string query, int columns, CancellationToken cancellation)
    {
        var copy = new BinaryCopy(await connection.BeginRawBinaryCopyAsync($"copy ({query}) to stdout (format binary)", cancellation), columns);
        while (copy._end - copy._begin < HeaderLength)
            await copy.FillAsync(cancellation);
        copy._begin += HeaderLength;
        return copy;
    }

    /// <summary>Whether a column of the current row is null.</summary>
    public bool IsNull(int column) => _fields[column].Length < 0;

    /// <summary>A column of the current row; empty where it is null.</summary>
    public ReadOnlySpan<byte> Field(int column) => _buffer.AsSpan(_fields[column].Begin, Math.Max(0, _fields[column].Length));

    /// <summary>A bigint column of the current row.</summary>
    public long Int64(int column) => BinaryPrimitives.ReadInt64BigEndian(Field(column));

    /// <summary>Goes on to the next row; false when there is none.</summary>
    public ValueTask<bool> ReadAsync(CancellationToken cancellation) => TryNext() ? new(true) : _ended ? new(false) : FillAndReadAsync(cancellation);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private async ValueTask<bool> FillAndReadAsync(CancellationToken cancellation)
    {
        do
            await FillAsync(cancellation);
        while (!TryNext() && !_ended);
        // After the end of the rows comes the end of the copy, which frees the connection.
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

/// <summary>Rows to be written, in the binary form of COPY: all go to the server at once, where an import waits for each value.</summary>
internal sealed class BinaryRows
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>No rows yet.</summary>
    public BinaryRows()
    {
        // The signature, no flags, no extension of the header.
        _bytes.Write("PGCOPY\n"u8);
        _bytes.Write<byte>([0xff, (byte)'\r', (byte)'\n', 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    }

    /// <summary>Number of rows.</summary>
    public int Count { get; private set; }

    /// <summary>Begins a row of so many columns.</summary>
    public void BeginRow(short columns)
    {
        BinaryPrimitives.WriteInt16BigEndian(_bytes.GetSpan(sizeof(short)), columns);
        _bytes.Advance(sizeof(short));
        Count++;
    }

    /// <summary>Adds a bigint to the row.</summary>
    public void Add(long value)
    {
        BeginValue(sizeof(long));
        BinaryPrimitives.WriteInt64BigEndian(_bytes.GetSpan(sizeof(long)), value);
        _bytes.Advance(sizeof(long));
    }

    /// <summary>Adds a bytea, or a text in UTF-8, to the row.</summary>
    public void Add(ReadOnlySpan<byte> value)
    {
        BeginValue(value.Length);
        _bytes.Write(value);
    }

    /// <summary>Adds a null to the row.</summary>
    public void AddNull() => BeginValue(-1);

    /// <summary>Writes the rows, which are all there will be.</summary>
    /// <param name="connection">Where.</param>
    /// <param name="table">The table and its columns in the order of the values.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task CopyAsync(NpgsqlConnection connection, string table, CancellationToken cancellation)
    {
        if (Count == 0)
            return;
        BeginRow(-1);
        await using var stream = await connection.BeginRawBinaryCopyAsync($"copy {table} from stdin (format binary)", cancellation);
        await stream.WriteAsync(_bytes.WrittenMemory, cancellation);
    }

    private void BeginValue(int length)
    {
        BinaryPrimitives.WriteInt32BigEndian(_bytes.GetSpan(sizeof(int)), length);
        _bytes.Advance(sizeof(int));
    }
}
