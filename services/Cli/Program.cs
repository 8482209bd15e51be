using System.CommandLine;
using Trading.Cli;
using Trading.Cli.Audit;
using Trading.Cli.Backtests;
using Trading.Cli.Control;
using Trading.Cli.Data;
using Trading.Cli.Models;
using Trading.Cli.Rebuild;
using Trading.Cli.Research;

var trading = new RootCommand("Operates the trading system.")
{
    TopologyCommand.Create(), QueuesCommand.Create(), UpCommand.Create(), ControlCommand.Create(), AuditCommand.Create(), DataCommand.Create(), RebuildDynamoDbCommand.Create(),
    ModelCommand.Create(), BacktestCommand.Create(), OptimizeCommand.Create(), WalkForwardCommand.Create(), MonteCarloCommand.Create(), LookaheadCommand.Create(), DriftCommand.Create(),
};
var parsed = trading.Parse(args);
return parsed.Errors.Count == 0 ? await parsed.InvokeAsync() : SettingsOptions.Complain(parsed);
