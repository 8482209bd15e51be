using System.CommandLine;
using Trading.Hosting;

namespace Trading.Cli.Setup;

/// <summary>Scripts with which a shell completes commands and switches; they ask the program itself.</summary>
public static class CompletionCommand
{
    private static readonly Dictionary<string, string> Scripts = new(StringComparer.Ordinal)
    {
        ["bash"] = """
            _trading() {
                local IFS=$'\n'
                local found="$(trading "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)"
                COMPREPLY=( $(compgen -W "$found" -- "$2") )
            }
            complete -o default -F _trading trading
            """,
        ["zsh"] = """
            _trading() {
                local -a found
                found=("${(@f)$(trading "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
                compadd -a found
            }
            compdef _trading trading
            """,
        ["fish"] = """
            function __trading
                set -l line (commandline -cp)
                trading "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
            end
            complete -c trading -f -a '(__trading)'
            """,
        ["powershell"] = """
            Register-ArgumentCompleter -Native -CommandName trading -ScriptBlock {
                param($word, $line, $position)
                trading "[suggest:$position]" "$line" | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
            }
            """,
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = string.Join(", ", Scripts.Keys) };
        shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        var command = new Command("completion", "Prints the script with which a shell completes commands and switches.\n"
            + "Example: trading completion bash >> ~/.bashrc") { shell };
        command.SetAction((parsed, _) =>
        {
            Terminal.WriteAsItIs(Scripts[parsed.GetValue(shell)!]);
            return Task.FromResult(0);
        });
        return command;
    }
}
