using Trading.AllInOne;
using Trading.Hosting;

return await TradingHost.Run(args, AllInOneProgram.Program);
