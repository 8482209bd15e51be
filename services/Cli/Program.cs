using System.CommandLine;
using Trading.Cli;

var trading = new RootCommand("Operates the trading system.") { TopologyCommand.Create(), QueuesCommand.Create(), UpCommand.Create() };
var parsed = trading.Parse(args);
return parsed.Errors.Count == 0 ? await parsed.InvokeAsync() : SettingsOptions.Complain(parsed);
