namespace Trading.MarketData;

/// <summary>
/// Reads a stream on its own thread, a few blocks ahead of the caller, so that decompressing and parsing run at the same time. An error of
/// that thread is thrown to the caller at its place in the stream.
/// </summary>
internal sealed class ReadAhead : IDisposable
{
    private const int BlockBytes = 256 * 1024;
    private const int Blocks = 4;

    private readonly Stream _stream;
    private readonly Func<long> _position;
    private readonly Block[] _blocks = new Block[Blocks];
    private readonly SemaphoreSlim _filled = new(0), _free = new(Blocks);
    private readonly Thread _thread;
    private volatile bool _stopped;
    private int _taking, _offset;
    private bool _holds;

    /// <summary>Begins to read.</summary>
    /// <param name="stream">The stream; read by the other thread alone from now on.</param>
    /// <param name="position">How far the file is read; asked by the other thread.</param>
    public ReadAhead(Stream stream, Func<long> position)
    {
        (_stream, _position) = (stream, position);
        for (var i = 0; i < Blocks; i++)
            _blocks[i] = new();
        _thread = new(Fill) { IsBackground = true, Name = "read ahead" };
        _thread.Start();
    }

    /// <summary>How far the file had been read when the newest taken block was.</summary>
    public long Position { get; private set; }

    /// <summary>Takes the next bytes; 0 at the end.</summary>
    public int Read(Span<byte> bytes)
    {
        if (!_holds)
        {
            _filled.Wait();
            (_holds, _offset) = (true, 0);
        }
        var block = _blocks[_taking];
        Position = block.Position;
        if (block.Error is { } error)
            throw error;
        var count = Math.Min(bytes.Length, block.Count - _offset);
        block.Bytes.AsSpan(_offset, count).CopyTo(bytes);
        _offset += count;
        if (_offset == block.Count && block.Count > 0)
        {
            _taking = (_taking + 1) % Blocks;
            _holds = false;
            _free.Release();
        }
        return count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopped = true;
        _free.Release();
        _thread.Join();
        _filled.Dispose();
        _free.Dispose();
    }

    private void Fill()
    {
        for (var next = 0; ; next = (next + 1) % Blocks)
        {
            _free.Wait();
            if (_stopped)
                return;
            var block = _blocks[next];
            try
            {
                block.Count = _stream.ReadAtLeast(block.Bytes, BlockBytes, throwOnEndOfStream: false);
                block.Position = _position();
            }
            catch (Exception error) when (error is IOException or InvalidDataException)
            {
                block.Error = error;
            }
            _filled.Release();
            if (block.Error is not null || block.Count == 0)
                return;
        }
    }

    private sealed class Block
    {
        public byte[] Bytes { get; } = new byte[BlockBytes];

        public int Count { get; set; }

        public long Position { get; set; }

        public Exception? Error { get; set; }
    }
}
