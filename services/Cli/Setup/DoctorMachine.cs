using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.LocalServers;

namespace Trading.Cli.Setup;

/// <summary>What doctor looks at on this machine: the runtime, the data folder, the disk, PostgreSQL's programs and the port.</summary>
internal static class DoctorMachine
{
    private const long LeastFreeBytes = 2_000_000_000;

    /// <summary>The findings.</summary>
    public static async Task<IReadOnlyList<Finding>> LookAsync(TradingSettings settings, CancellationToken cancellation) =>
        [new("runtime", Environment.Version.Major >= 10, $".NET {Environment.Version}", "install .NET 10"), Folder(), Disk(),
            await PostgresAsync(settings, cancellation), Port(settings)];

    private static Finding Folder()
    {
        try
        {
            var folder = Directory.CreateDirectory(TradingHome.Folder).FullName;
            var probe = Path.Combine(folder, $"doctor-{Environment.ProcessId}");
            File.WriteAllText(probe, "");
            File.Delete(probe);
            return new("data folder", true, folder, null);
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException or PrivatePostgresException)
        {
            return new("data folder", false, wrong.Message, $"set {TradingHome.Variable} to a folder that this user may write to");
        }
    }

    private static Finding Disk()
    {
        try
        {
            var free = new DriveInfo(TradingHome.Folder).AvailableFreeSpace;
            return new("disk", free >= LeastFreeBytes, $"{Figures.Bytes(free)} free", "a year of decisions every minute takes about 2 GB");
        }
        catch (Exception unknown) when (unknown is IOException or ArgumentException or PrivatePostgresException)
        {
            return new("disk", false, unknown.Message, "see data folder");
        }
    }

    private static async Task<Finding> PostgresAsync(TradingSettings settings, CancellationToken cancellation)
    {
        if (settings.Journal == JournalKind.Postgres)
            return new("PostgreSQL", true, "a server of your own; trading journal migrate --check asks it", null);
        try
        {
            var found = await PostgresBinaries.FindAsync(
                new() { BinariesFolder = settings.PostgresFolder, FetchWithNpm = false },
                Path.Combine(settings.JournalFolder ?? LocalPostgres.DefaultFolder("postgres"), "cluster", "data"), null,
                NullLogger.Instance, cancellation);
            return new("PostgreSQL", true, $"{found.Major}.{found.Minor} in {found.Folder}", null);
        }
        catch (PrivatePostgresException missing)
        {
            return new("PostgreSQL", false, missing.Message,
                "install PostgreSQL's programs (Debian: apt-get install postgresql), or Node.js with npm, which fetches them once");
        }
    }

    private static Finding Port(TradingSettings settings)
    {
        if (settings.HttpPort == 0)
            return new("port", true, "any free one", null);
        try
        {
            using var listener = new TcpListener(System.Net.IPAddress.Parse(settings.HttpAddress), settings.HttpPort);
            listener.Start();
            return new("port", true, $"{settings.HttpAddress}:{settings.HttpPort} is free", null);
        }
        catch (SocketException taken)
        {
            return new("port", false, $"{settings.HttpAddress}:{settings.HttpPort}: {taken.Message}",
                "trading run takes any free port by itself; a service of its own takes --http-port");
        }
    }
}
