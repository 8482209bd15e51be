using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Trading.Benchmarks;

/// <summary>
/// Viewers of the stream. In the benchmark's process what they read counts as processor time of it, and noted is how late a decision is
/// sent the first time; it is sent again when its order ends, whenever that is.
/// </summary>
internal sealed class DashboardViewers(Uri address, DashboardPrices? decided) : IDisposable
{
    /// <summary>The benchmark's argument for viewers in a process of their own.</summary>
    public const string Command = "dashboard-viewers";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly SemaphoreSlim _connected = new(0);
    private int _old;

    /// <summary>Milliseconds from each decision of the round to each viewer.</summary>
    public ConcurrentBag<double> LatenciesMs { get; } = [];

    /// <summary>Decisions of before the round that were sent to viewers.</summary>
    public int Old => _old;

    /// <summary>Views until the dashboard is gone or this process is ended, and gives way to all else: viewers sit elsewhere.</summary>
    public static async Task<int> RunAsync(Uri address, int viewers)
    {
        using var self = Process.GetCurrentProcess();
        self.PriorityClass = ProcessPriorityClass.Idle;
        using var all = new DashboardViewers(address, null);
        await Task.WhenAll(Enumerable.Range(0, viewers).Select(_ => all.ViewAsync(CancellationToken.None)));
        return 0;
    }

    /// <summary>Starts such a process.</summary>
    public static Process Start(Uri address, int viewers) => Process.Start(new ProcessStartInfo(Environment.ProcessPath!,
        [.. OwnAssembly(), Command, address.AbsoluteUri, viewers.ToString(CultureInfo.InvariantCulture)]))!;

    /// <summary>Waits until so many viewers were sent how everything stands, which is when the journal has been read.</summary>
    public async Task ConnectedAsync(int viewers)
    {
        for (var viewer = 0; viewer < viewers; viewer++)
        {
            if (!await _connected.WaitAsync(Patience))
                throw new InvalidOperationException($"only {viewer} of {viewers} viewers were sent anything within {Patience}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _connected.Dispose();

    /// <summary>Reads until it is stopped.</summary>
    public async Task ViewAsync(CancellationToken stop)
    {
        using var http = new HttpClient { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", DashboardBenchmark.Token);
        try
        {
            using var answer = await http.GetAsync("/api/v1/stream", HttpCompletionOption.ResponseHeadersRead, stop);
            answer.EnsureSuccessStatusCode();
            using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(stop));
            var (kind, known, connected) = ("", new HashSet<Guid>(), false);
            while (await lines.ReadLineAsync(stop) is { } line)
            {
                if (line.StartsWith("event: ", StringComparison.Ordinal))
                    kind = line["event: ".Length..];
                else if (kind == "now" && !connected)
                {
                    connected = true;
                    _connected.Release();
                }
                else if (kind == "decision" && line.StartsWith("data: ", StringComparison.Ordinal))
                    Read(line["data: ".Length..], known);
            }
        }
        catch (Exception over) when (over is OperationCanceledException or IOException)
        {
            // The round is over, or the dashboard is gone.
        }
    }

    // Started by dotnet or as a program.
    private static string[] OwnAssembly() => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
        ? [typeof(DashboardViewers).Assembly.Location] : [];

    private void Read(string data, HashSet<Guid> known)
    {
        using var decision = JsonDocument.Parse(data);
        var trade = decision.RootElement.GetProperty("tradeId").GetGuid();
        if (!known.Add(trade))
            return;
        if (decided?.SinceDecided(trade) is { } late)
            LatenciesMs.Add(late);
        else
            Interlocked.Increment(ref _old);
    }
}
