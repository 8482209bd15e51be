namespace Trading.LocalServers;

/// <summary>The settings of a private server, written at every start.</summary>
internal static class PostgresConfiguration
{
    public static async Task WriteAsync(
        PostgresCluster cluster, PostgresAddress address, string? account, CancellationToken cancel)
    {
        var onSocket = address.Host == cluster.Folder;
        var syncMethod = OperatingSystem.IsMacOS() ? "fsync_writethrough" : OperatingSystem.IsWindows() ? "fsync" : "fdatasync";
        var file = Path.Combine(cluster.Folder, "..", "postgresql.conf");
        await File.WriteAllTextAsync(
            file,
            $"""
            # Written at every start. Settings of your own go into the included file, or are made with ALTER SYSTEM.
            include 'cluster/data/postgresql.conf'
            listen_addresses = '{(onSocket ? "" : address.Host)}'
            unix_socket_directories = '{(onSocket ? ".." : "")}'
            unix_socket_permissions = 0700
            port = {address.Port}
            max_connections = 200
            shared_buffers = 128MB
            # A committed decision survives a power cut: the method is, on each system, one that does not stop at the disk's cache.
            fsync = on
            full_page_writes = on
            synchronous_commit = on
            wal_sync_method = {syncMethod}
            # The journal appends all day: files of the log are used again, not created each time.
            min_wal_size = 256MB
            log_checkpoints = off
            # Its queries are short: compiling them costs more than it saves.
            jit = off
            timezone = 'UTC'
            log_timezone = 'UTC'

            """,
            cancel);
        if (!OperatingSystem.IsWindows() && account is not null)
            File.SetUnixFileMode(file, (UnixFileMode)0b110_100_100); // rw-r--r--
    }
}
