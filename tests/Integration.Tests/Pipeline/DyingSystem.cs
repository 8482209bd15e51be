using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Trading.Contracts;
using Trading.Core;
using Trading.Services;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;

namespace Trading.Integration.Tests.Pipeline;

/// <summary>RiskManager and Executor on a journal, and their death before a step of a trade.</summary>
internal static class DyingSystem
{
    internal static readonly PredictionMade Prediction = InProcessSystem.Rise(InProcessSystem.Price(60_000, InProcessSystem.Start));

    // The database refuses the step's event, or the bus the step's message, as they do to a process that is no more.
    internal static async Task DieAsync(string database, ManualTime clock, Act diedBefore)
    {
        using var death = new Death(diedBefore);
        var app = await StartAsync(database, clock, new SeenMessages(), death);
        var refused = diedBefore switch
        {
            Act.Deciding => "trade_assessed",
            Act.PlacingTheOrder => "order_placed",
            Act.ClosingTheTrade => "trade_settled",
            _ => "nothing",
        };
        await ExecuteAsync(database, $"""
            create function die() returns trigger language plpgsql as $$ begin raise exception '{Death.Message}'; end $$;
            create trigger die before insert on mt_events for each row when (new.type = '{refused}') execute function die();
            """);
        await SayAsync(app, Prediction);
        await death.Died;
        await InProcessSystem.CrashAsync(app);
        await ExecuteAsync(database, "drop function die cascade");
    }

    internal static async Task<WebApplication> StartAsync(string database, ManualTime clock, SeenMessages traffic, Death? death = null)
    {
        var app = await InProcessSystem.BuildAsync(InProcessSystem.Told, database, trading =>
        {
            trading.Services.AddSingleton<TimeProvider>(clock);
            trading.AddRiskManager();
            trading.AddExecutor();
            traffic.On(trading);
        });
        if (death is not null)
            app.Services.GetRequiredService<IBusControl>().ConnectPublishObserver(death);
        await app.StartAsync();
        return app;
    }

    internal static Task SayAsync(WebApplication app, PredictionMade prediction) => app.Services.GetRequiredService<IBus>()
        .Publish(prediction, publish => publish.MessageId = DerivedId.Message(prediction.PredictionId, nameof(PredictionMade)));

    private static async Task ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
