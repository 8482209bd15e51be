using Trading.Cli;
using Trading.Cli.Data;
using Trading.Cli.Operations;
using Trading.Cli.Shared;
using Trading.Hosting;
using Trading.MarketData;

Terminal.Take();
(MarketFiles.Feather, MarketFiles.Parquet) = (ArrowTable.Feather, ArrowTable.Parquet);
if (ServiceCommand.Run(args) is { } service)
    return await service;

if (Commands.AskForHelp(args))
{
    Commands.WriteHelp();
    return 0;
}

var parsed = Commands.Create(args).Parse(args);
if (SettingsOptions.StraySwitch(parsed) is { } stray)
    return SettingsOptions.Complain($"there is no switch {stray}");
if (parsed.Errors.Count > 0)
    return SettingsOptions.Complain(parsed);
using var interruption = new Interruption();
try
{
    return await parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, interruption.Token);
}
catch (SettingsRefusedException refused)
{
    return refused.ExitCode;
}
catch (OperationCanceledException) when (Interruption.ExitCode != 0)
{
    Console.Error.WriteLine("trading: stopped before the end");
    return Interruption.ExitCode;
}
