using Trading.Aws;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Stores;
using Trading.Journal.Tables;
using Trading.Services.Models;
using Trading.TestKit.Aws;
using Trading.TestKit.Models;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Models;

/// <summary>A question for forecasters, and a history for what they add to it.</summary>
public abstract class ModelForecasterTest : IAsyncLifetime
{
    private protected static readonly ForecastChecks Checks = new(20, 0.1);
    private protected static readonly DateTimeOffset Noon = new(2024, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private protected string _database = "";

    public async Task InitializeAsync()
    {
        _database = await PostgresServer.CreateDatabaseAsync();
        await using var history = new PriceHistory(_database);
        await history.PrepareAsync(CancellationToken.None);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    private protected async Task<ModelOutput> AskAsync(
        ProtocolServer server, BedrockApi api = BedrockApi.Converse, BedrockOutput shape = BedrockOutput.Tool, double? temperature = null,
        ModelSpending? spending = null, ModelBudget? budget = null)
    {
        var options = new BedrockOptions(ProtocolServer.Region, server.Url, ModelServers.ModelId, api, shape, 1000, temperature);
        using var bedrock = new Bedrock(options);
        await using var history = new PriceHistory(_database);
        var remote = new RemoteModel(BedrockForecaster.ModelName, budget ?? new(100, 1_000_000), spending, TimeProvider.System);
        return await new BedrockForecaster(bedrock, options, remote, new DayChanges(new PostgresPrices(history)), Checks)
            .ForecastAsync(Question(), CancellationToken.None);
    }

    // 100 prices that rise by 0.01 % a minute to 61,000.
    private protected static ForecastQuestion Question()
    {
        var window = new PriceWindow(new(60, 60));
        for (var back = 99; back >= 0; back--)
            window.Add(Noon.AddMinutes(-back).ToUnixTimeSeconds(), 61_000 * (1 - back * 0.0001m));
        return new(InProcessSystem.Price(61_000, Noon), window.Summarize(), window.Prices(), 3600, Noon.AddMinutes(2));
    }
}
