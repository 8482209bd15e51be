using System.CommandLine;
using System.Text.Json;
using Trading.Core;

namespace Trading.Cli.Audit;

/// <summary>The accounts folded from their events, and whether the stored ones are the same.</summary>
public static class RebuildCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new AuditOptions();
        var compare = new Option<bool>("--compare") { Description = "compare with the stored ones in place of printing; code 1 where they differ" };
        var command = new Command("rebuild", "Folds every account from its events, and writes nothing.\nExample: trading audit rebuild --compare") { compare };
        options.Act(command, async run =>
        {
            var rebuilt = await RebuiltAsync(run);
            if (!run.Parsed.GetValue(compare))
            {
                AuditRun.Print(rebuilt.Values);
                return AuditOptions.Clean;
            }
            var stored = await StoredAsync(run);
            var wrong = rebuilt.Keys.Union(stored.Keys).Order(StringComparer.Ordinal)
                .Select(id => new { Account = id, Difference = Compare(stored.GetValueOrDefault(id), rebuilt.GetValueOrDefault(id)) }).Where(row => row.Difference is not null).ToList();
            if (run.Json)
                AuditRun.Print(new { Accounts = rebuilt.Count, Wrong = wrong });
            else
            {
                foreach (var row in wrong)
                    Console.WriteLine($"WRONG: {row.Account}: {row.Difference}");
                Console.WriteLine($"{Words.Count(rebuilt.Count, "account")} folded from {(rebuilt.Count == 1 ? "its" : "their")} events; {(wrong.Count > 0 ? $"{Words.Count(wrong.Count, "account")} stored otherwise" : rebuilt.Count == 1 ? "the stored one is the same" : "the stored ones are the same")}");
            }
            return wrong.Count == 0 ? AuditOptions.Clean : AuditOptions.FoundWrong;
        });
        return command;
    }

    private static async Task<SortedDictionary<string, Portfolio>> RebuiltAsync(AuditRun run)
    {
        await using var command = run.Database.CreateCommand("select distinct stream_id from mt_events where stream_id like 'account-%'");
        await using var reader = await command.ExecuteReaderAsync(run.Cancellation);
        var ids = new List<string>();
        while (await reader.ReadAsync(run.Cancellation))
            ids.Add(reader.GetString(0));
        var rebuilt = new SortedDictionary<string, Portfolio>(StringComparer.Ordinal);
        foreach (var id in ids)
        {
            try
            {
                rebuilt[id] = (await AccountStream.AtAsync(run, id["account-".Length..], DateTimeOffset.MaxValue)).State;
            }
            catch (InvalidOperationException impossible)
            {
                throw new AuditException($"{id} cannot be folded from its events: {impossible.Message}");
            }
        }
        return rebuilt;
    }

    private static async Task<Dictionary<string, Portfolio>> StoredAsync(AuditRun run)
    {
        // The table comes with the first account.
        if (!await IsThereAsync(run))
            return [];
        await using var command = run.Database.CreateCommand("select id, data from mt_doc_portfolio");
        await using var reader = await command.ExecuteReaderAsync(run.Cancellation);
        var stored = new Dictionary<string, Portfolio>();
        while (await reader.ReadAsync(run.Cancellation))
            stored[reader.GetString(0)] = JsonSerializer.Deserialize<Portfolio>(reader.GetFieldValue<byte[]>(1), AuditOptions.Indented)!;
        return stored;
    }

    private static async Task<bool> IsThereAsync(AuditRun run)
    {
        await using var command = run.Database.CreateCommand("select to_regclass('mt_doc_portfolio') is not null");
        return await command.ExecuteScalarAsync(run.Cancellation) is true;
    }

    private static string? Compare(Portfolio? stored, Portfolio? rebuilt)
    {
        if (stored is null || rebuilt is null)
            return stored is null ? "there is no stored one" : "there are no events of it";
        var (was, is_) = (Flat(stored), Flat(rebuilt));
        var differing = was.Keys.Union(is_.Keys).FirstOrDefault(path => was.GetValueOrDefault(path) != is_.GetValueOrDefault(path));
        return differing is null ? null : $"{differing} is stored as {was.GetValueOrDefault(differing, "nothing")}, its events make it {is_.GetValueOrDefault(differing, "nothing")}";
    }

    private static Dictionary<string, string> Flat(Portfolio account) =>
        Flat(JsonSerializer.SerializeToElement(account, AuditOptions.Indented), "").ToDictionary(entry => entry.Path, entry => entry.Value);

    private static IEnumerable<(string Path, string Value)> Flat(JsonElement element, string path) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(entry => Flat(entry.Value, path.Length > 0 ? $"{path}.{entry.Name}" : entry.Name)),
        JsonValueKind.Number => [(path, Words.Exact(element.GetDecimal()))],
        _ => [(path, element.ToString())],
    };
}
