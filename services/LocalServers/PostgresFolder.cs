using System.Security.Cryptography;

namespace Trading.LocalServers;

/// <summary>The folder of a private PostgreSQL server: who uses it, and how its cluster is made.</summary>
internal static class PostgresFolder
{
    private static readonly string[] Accounts = ["postgres", "_postgres", "nobody"];

    private static bool IsRoot => !OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess;

    /// <summary>This program as the folder names it while it holds the lock: its process id, and on a second line what it is.</summary>
    public static string Holder { get; } = $"{Environment.ProcessId}\n{Name(Environment.GetCommandLineArgs())}";

    /// <summary>Whether a program has taken the folder before.</summary>
    public static bool WasUsed(string folder) => File.Exists(LockFile(folder));

    /// <summary>
    /// Takes the folder for this program: the lock keeps a second program out, and its file marks the folder as one of the journal.
    /// </summary>
    public static async Task<FileStream> OccupyAsync(string folder, CancellationToken cancel)
    {
        if (Directory.Exists(folder) && !WasUsed(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new PrivatePostgresException($"{folder} is neither empty nor a folder of the journal: set another JournalFolder");
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else if (!Directory.Exists(folder))
        {
            // The folders above it stay open: the server's user passes through them.
            Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        var heldLock = await LockAsync(folder, cancel);
        await File.WriteAllTextAsync(Path.Combine(folder, "in-use-by"), Holder, cancel);
        return heldLock;
    }

    /// <summary>Holds the folder's lock.</summary>
    /// <exception cref="PrivatePostgresException">Another program holds it: the message names that one.</exception>
    public static async Task<FileStream> LockAsync(string folder, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return new FileStream(LockFile(folder), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (e.HResult is 11 or 35 or unchecked((int)0x80070020))
            {
                // EWOULDBLOCK of Linux, that of macOS, ERROR_SHARING_VIOLATION of Windows. The last threads of a killed program may hold
                // the lock for a moment.
                if (attempt == 20)
                {
                    throw new PrivatePostgresException($"{folder} is in use by {await OtherAsync(folder, cancel)}: stop it, or set "
                        + $"another JournalFolder or {TradingHome.Variable} for this one", e);
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), cancel);
        }
    }

    private static string LockFile(string folder) => Path.Combine(folder, "trading-postgres.lock");

    private static async Task<string> OtherAsync(string folder, CancellationToken cancel)
    {
        var holder = Path.Combine(folder, "in-use-by");
        return !File.Exists(holder) ? "another program" : await File.ReadAllLinesAsync(holder, cancel) switch
        {
            [var id, var name, ..] => $"process {id} ({name})",
            [var id] => $"process {id}",
            _ => "another program",
        };
    }

    // "trading run": the words of the command alone, for a switch may hold what is nobody else's business.
    private static string Name(string[] line) => string.Join(' ', line.Skip(1).Take(2)
        .TakeWhile(word => word is [>= 'a' and <= 'z', ..] && word.All(letter => char.IsAsciiLetterLower(letter) || letter == '-'))
        .Prepend(Path.GetFileNameWithoutExtension(line[0])));

    /// <summary>The user that the server runs as when the caller is root, whom PostgreSQL refuses; fixed with the folder.</summary>
    public static string? AccountFor(string folder)
    {
        if (OperatingSystem.IsWindows() || !IsRoot)
            return null;
        // The server's user must pass through this folder and read what is not secret; cluster/ is closed to everybody else.
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101); // rwxr-xr-x
        File.SetUnixFileMode(Path.Combine(folder, "in-use-by"), (UnixFileMode)0b110_100_100); // rw-r--r--
        var file = Path.Combine(folder, "account");
        if (!File.Exists(file))
        {
            var known = File.ReadLines("/etc/passwd").Select(line => line.Split(':')[0]).ToHashSet();
            var account = Accounts.FirstOrDefault(known.Contains)
                ?? throw new PrivatePostgresException("PostgreSQL refuses to run as root, and this machine has no user postgres or nobody: "
                    + "useradd --system postgres makes one, or run this program as another user");
            File.WriteAllText(file, account);
        }

        return File.ReadAllText(file);
    }

    /// <summary>Makes a whole cluster next to its place and moves it there, so that no start finds one half made.</summary>
    public static async Task MakeClusterAsync(
        string folder, string cluster, PostgresBinaries binaries, string? account, CancellationToken cancel)
    {
        foreach (var leftover in Directory.EnumerateDirectories(folder, "cluster.new-*"))
            Directory.Delete(leftover, recursive: true);
        var made = $"{cluster}.new-{Environment.ProcessId}";
        var passwordFile = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(made);
        }
        else
        {
            Directory.CreateDirectory(made, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            passwordFile.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        var password = RandomNumberGenerator.GetHexString(48, lowercase: true);
        await using (var kept = new StreamWriter(Path.Combine(made, "password"), passwordFile))
            await kept.WriteAsync(password);
        await using (var stored = new StreamWriter(Path.Combine(made, "verifier"), passwordFile))
            await stored.WriteAsync(Verifier(password));
        if (account is not null)
            await PostgresTool.RunSystemAsync("chown",
                [account, Path.Combine(made, "password"), Path.Combine(made, "verifier"), made], cancel);

        // The C locale sorts the same on every machine and in every version of the C library, so that no index depends on either.
        string[] arguments =
        [
            "--pgdata=data", $"--username={PostgresCluster.User}", "--pwfile=verifier", "--auth=scram-sha-256",
            "--encoding=UTF8", "--locale=C", "--data-checksums",
        ];
        var (exitCode, output) = await binaries.RunAsync("initdb", arguments, made, cancel);
        if (exitCode != 0)
        {
            throw new PrivatePostgresException(
                $"initdb of {binaries.Folder} could not make a cluster in {folder}{As(account)}: {PostgresTool.Reason(output)}");
        }

        File.Delete(Path.Combine(made, "verifier"));
        Directory.Move(made, cluster);
    }

    /// <summary>
    /// What the server stores of a password (RFC 5802, in PostgreSQL's notation), with one iteration. The usual thousands make guessing a
    /// person's password slow; 192 random bits are not guessed, and each connection would pay for them twice.
    /// </summary>
    private static string Verifier(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(16);
        var salted = Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations: 1, HashAlgorithmName.SHA256, SHA256.HashSizeInBytes);
        var storedKey = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8));
        var serverKey = HMACSHA256.HashData(salted, "Server Key"u8);
        return $"SCRAM-SHA-256$1:{Convert.ToBase64String(salt)}${Convert.ToBase64String(storedKey)}:{Convert.ToBase64String(serverKey)}";
    }

    /// <summary>For an error: the user that a program ran as, when it is not the caller.</summary>
    public static string As(string? account) =>
        account is null ? "" : $" as the user {account} (PostgreSQL refuses to run as root; that user must be able to reach the folder)";
}
