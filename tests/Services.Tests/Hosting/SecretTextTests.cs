using Trading.Hosting.Settings;
using Xunit;

namespace Trading.Services.Tests.Hosting;

/// <summary>Whatever repeats a command line or settings shows no secret.</summary>
public class SecretTextTests
{
    [Theory]
    [InlineData("--set", "JournalConnection=Host=db;Username=trader;Password=hunter2")]
    [InlineData("--set", "sealkey=hunter2")]
    [InlineData("--set", "Trading:SealKey=hunter2")]
    [InlineData("--journal-connection", "Host=db;Password=hunter2")]
    [InlineData("--journal-connection=Host=db;Password=hunter2", "")]
    [InlineData("--set", "HttpModelUrl=https://me:hunter2@models.example/predict")]
    [InlineData("--reason", "the api_key: hunter2 was wrong")]
    public void a_secret_in_a_command_line_is_masked(string first, string second)
    {
        var masked = string.Join(' ', SecretText.Masked(["backtest", "--data", "a.csv", first, second]));
        Assert.DoesNotContain("hunter2", masked, StringComparison.Ordinal);
        Assert.Contains(SecretText.Mask, masked, StringComparison.Ordinal);
        Assert.StartsWith("backtest --data a.csv", masked, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--set", "Strategy=sma-crossover")]
    [InlineData("--token-file", "/etc/trading/token")]
    [InlineData("--from", "2024-01-01T00:00:00Z")]
    public void what_is_no_secret_stays(string first, string second) =>
        Assert.Equal(["backtest", first, second], SecretText.Masked(["backtest", first, second]));

    [Theory]
    [InlineData("Unrecognized command or argument 'JournalConnection=Host=db;Password=hunter2'.")]
    [InlineData("--set takes Name=value, was SealKey=hunter2")]
    public void a_message_that_repeats_it_is_masked_too(string message) =>
        Assert.DoesNotContain("hunter2", SecretText.Masked(message), StringComparison.Ordinal);
}
