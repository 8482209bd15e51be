using Trading.Dashboard;
using Trading.Hosting;

return await TradingHost.Run(args, DashboardProgram.Program);
