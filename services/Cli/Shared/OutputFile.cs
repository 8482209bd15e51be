using System.CommandLine;

namespace Trading.Cli.Shared;

/// <summary>A file that a command writes at its end: what stands in the way is said before the work begins.</summary>
internal static class OutputFile
{
    /// <summary>Checks that the folder of the file is there.</summary>
    public static T Written<T>(this T option)
        where T : Option
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens is not [{ Value: var path }] || path == "-")
                return;
            var full = Path.GetFullPath(path);
            if (Directory.Exists(full))
                result.AddError($"{option.Name} must be a file, but {full} is a folder");
            else if (!Directory.Exists(Path.GetDirectoryName(full)))
                result.AddError($"{option.Name} cannot be written: the folder {Path.GetDirectoryName(full)} does not exist");
        });
        return option;
    }

    /// <summary>What went wrong with a file, in words; the system's own message names no cause that helps.</summary>
    public static string Fault(Exception failure)
    {
        var path = failure.Message.Split('\'') is [_, var quoted, ..] ? quoted : null;
        return failure switch
        {
            DirectoryNotFoundException when path is not null => $"{path} cannot be used: its folder does not exist",
            FileNotFoundException when path is not null => $"{path} does not exist",
            UnauthorizedAccessException when path is not null && Directory.Exists(path) => $"{path} is a folder, not a file",
            UnauthorizedAccessException when path is not null => $"{path} cannot be used: this user has no right to it",
            _ => failure.Message.ReplaceLineEndings(" "),
        };
    }
}
