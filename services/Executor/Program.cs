using Trading.Hosting;
using Trading.Services;

return await TradingHost.Run(args, ExecutorProgram.Program);
