using System.CommandLine;

namespace Trading.Cli.Data;

/// <summary>The price history, from outside.</summary>
public static class DataCommand
{
    /// <summary>The group; each command is a file beside this one.</summary>
    public static Command Create() => new(
        "data",
        "Downloads and converts market data, and fills, reads and checks the price history that windows are made of "
        + "(Trading:PriceHistory). Exit codes: 0 done, "
        + "1 gaps are left, 2 could not run.\n"
        + "Example: trading data gaps --symbol BTC-USD --from 2024-03-01 --to 2024-04-01")
    {
        BackfillCommand.Create(), ImportCommand.Create(), ExportCommand.Create(), PriceGapsCommand.Create(), ConvertCommand.Create(),
        DownloadCommand.Create(),
    };
}
