using System.CommandLine;
using Trading.Cli.Shared;
using Trading.Journal.Events;
using Trading.Journal.Keys;

namespace Trading.Cli.Audit;

/// <summary>Makes a key.</summary>
public static class KeyCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var file = new Argument<FileInfo>("file")
        { Description = "the key's file, which must not exist; its public half is written beside it with the ending .pub" };
        var keep = new Option<bool>("--keep")
        { Description = "a key that is there already stays, and is no error: for a container that prepares a volume at each start" };
        var writer = new Option<bool>("--writer")
        { Description = "a key with which programs mark the events that they write, in place of one that seals; it has no public half" };
        var json = new JournalOptions().Json;
        var command = new Command("key", "Makes a key that seals, readable for its owner only, and prints its public half.\n"
            + "Example: trading audit key /etc/trading/seal.key\n"
            + "Example: trading audit key --writer /etc/trading/writer.key") { file, keep, writer, json };
        command.SetAction((parsed, _) => JournalOptions.GuardAsync(() =>
        {
            var path = parsed.GetValue(file)!.FullName;
            if (File.Exists(path) && !parsed.GetValue(keep))
                throw new CommandException($"{path} exists; nothing is overwritten");
            if (parsed.GetValue(writer))
            {
                WriterKey.LoadOrCreate(path);
                if (parsed.GetValue(json))
                    JournalRun.Print(new { File = path });
                else
                    Console.WriteLine($"{path}: the same file, or a secret with its line, for every program that writes to the journal");
                return Task.FromResult(JournalOptions.Clean);
            }
            var made = SealKey.LoadOrCreate(path).Public;
            if (parsed.GetValue(json))
                JournalRun.Print(new { File = path, PublicFile = SealKey.PublicFile(path), PublicKey = $"{made}" });
            else
                Console.WriteLine(made);
            return Task.FromResult(JournalOptions.Clean);
        }));
        return command;
    }
}
