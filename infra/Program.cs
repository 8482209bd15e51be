using Trading.Infra;

return TradingApp.Run();
