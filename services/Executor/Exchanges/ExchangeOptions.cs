namespace Trading.Services.Exchanges;

/// <summary>How an exchange is reached.</summary>
/// <param name="Address">Its address; null on paper.</param>
/// <param name="TestNetwork">Whether it is the exchange's test network or sandbox.</param>
/// <param name="Timeout">How long an answer may take.</param>
/// <param name="ReceiveWindow">How long after it was sent Binance may carry out a request.</param>
/// <param name="Usd">The currency that stands for USD.</param>
public sealed record ExchangeOptions(Uri? Address, bool TestNetwork, TimeSpan Timeout, TimeSpan ReceiveWindow, string Usd);
