using System.CommandLine;

namespace Trading.Cli.Audit;

/// <summary>What an auditor asks the journal.</summary>
public static class AuditCommand
{
    /// <summary>The group; each command is a file beside this one.</summary>
    public static Command Create() => new(
        "audit",
        "Reads the journal back and proves that nothing in it was changed. Exit codes: 0 clean, 1 something is wrong, "
            + "2 could not run, 78 wrong settings.\n"
        + "Example: trading audit head --journal-connection \"Host=db;Username=auditor\" --database live")
    {
        ListCommand.Create(),
        ShowCommand.Create(),
        WhyCommand.Create(),
        TailCommand.Create(),
        ReplayCommand.Create(),
        CheckCommand.Create(),
        VerifyCommand.Create(),
        HeadCommand.Create(),
        CheckpointCommand.Create(),
        KeyCommand.Create(),
        WitnessCommand.Create(),
        ProveCommand.Create(),
        ConsistencyCommand.Create(),
        ExportCommand.Create(),
        SegmentCommands.CreateSegment(), SegmentCommands.CreateArchive(), SegmentCommands.CreateImport(),
        RedactCommand.Create(),
        AsOfCommand.CreateAsOf(), AsOfCommand.CreateDiff(), ActorsCommand.Create(), GapsCommand.Create(), ClockCommand.Create(),
        RebuildCommand.Create(), TaxCommand.Create(),
    };
}
