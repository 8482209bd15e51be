using System.Buffers;
using System.Buffers.Binary;
using Npgsql;

namespace Trading.Journal.Postgres;

/// <summary>Rows to be written, in the binary form of COPY: all are sent at once, while Npgsql's import waits for each value.</summary>
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

    /// <summary>Writes the rows; call it once.</summary>
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
