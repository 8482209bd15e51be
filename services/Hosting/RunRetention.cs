using System.Text.RegularExpressions;
using Npgsql;

namespace Trading.Hosting;

/// <summary>How many journals of recorded runs and demos a server keeps.</summary>
public static partial class RunRetention
{
    /// <summary>
    /// Deletes the oldest journals of recorded runs and demos, those whose names this program made, until so many are left. One that is in
    /// use stays.
    /// </summary>
    /// <returns>The names of those that were deleted.</returns>
    public static async Task<IReadOnlyList<string>> KeepAsync(string server, int keep, CancellationToken cancellation)
    {
        var runs = (await JournalCatalog.DatabasesAsync(server, cancellation)).Where(entry => RunName().IsMatch(entry.Database)).ToList();
        var deleted = new List<string>();
        foreach (var run in runs.Take(Math.Max(0, runs.Count - keep)).Where(run => !run.InUse))
        {
            try
            {
                await JournalCatalog.DeleteAsync(server, run.Database, cancellation);
                deleted.Add(run.Database);
            }
            catch (PostgresException inUse) when (inUse.SqlState == PostgresErrorCodes.ObjectInUse)
            {
                // A program has opened it meanwhile.
            }
        }
        return deleted;
    }

    [GeneratedRegex(@"^(recorded|demo)_\d{8}_\d{6}$")]
    private static partial Regex RunName();
}
