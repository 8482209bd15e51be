using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Json;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Control;
using Trading.Journal.Events;
using Trading.Services;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Pipeline;

namespace Trading.Integration.Tests.KilledPrograms;

/// <summary>
/// A program for a test to kill: the Executor on a simulated exchange, and what tells it of approved trades, again after each start as a
/// queue does. Writes a line for each trade that has ended.
/// </summary>
internal static class CrashingExecutor
{
    /// <summary>How many trades have an approval and no end at most: the next one waits while more do.</summary>
    public const int MostOpen = 60;

    private const int AtATime = 12;

    /// <summary>Arguments: executor, database, address of the exchange, its name, number of trades.</summary>
    public static async Task RunAsync(string[] arguments)
    {
        var (database, exchange) = (arguments[1], new Uri(arguments[2]));
        var count = int.Parse(arguments[4], CultureInfo.InvariantCulture);
        var settings = ExchangeAccount.Settings(exchange) with { Exchange = arguments[3], ReconcileIntervalSeconds = 60 };
        var ends = new Ends();
        await using var app = await InProcessSystem.BuildAsync(settings, database, trading =>
        {
            trading.Services.AddSingleton(ends);
            trading.Bus.AddConsumer<EndsConsumer>();
            trading.AddExecutor();
        });
        var journal = app.Services.GetRequiredService<TradeJournal>();
        await ExchangeAccount.OpenAsync(journal, settings);
        var passed = await PassedAsync(journal.Database);
        await app.StartAsync();
        // No limit: the program may be frozen while it waits for the answer.
        using var market = new HttpClient { BaseAddress = exchange, Timeout = Timeout.InfiniteTimeSpan };
        var bus = app.Services.GetRequiredService<IBus>();

        // Trades that were approved before the last kill are published again; then new ones are approved. While the account is compared
        // with the exchange none is approved, for its order would be refused. A comparison can still begin between approval and order.
        var known = await StreamsAsync(journal.Database);
        // One approval at a time, as the risk manager gives them: each takes the account's next version.
        using var approving = new SemaphoreSlim(1);
        foreach (var tradeId in (await journal.AccountAsync(ExchangeAccount.Account, default))!.State.Reservations.Keys)
            await TellAsync(bus, (await journal.TradeAsync(tradeId, default))!.State.Assessed());
        await WaitAsync(async () => await PassedAsync(journal.Database) > passed);
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = AtATime }, async (number,
            cancellation) =>
        {
            if (known.Contains(ExchangeAccount.TradeId(number)))
                return;
            await WaitAsync(async () => (await journal.AccountAsync(ExchangeAccount.Account, cancellation))!.State
                is { External.Pending: false, Reservations.Count: <= MostOpen - AtATime });
            var random = new Random(number);
            var quantity = random.Next(20, 400) * 0.00001m;
            // Some ask for more than the book gives within their price, some for a price that is not there.
            var margin = random.Next(10) switch { 0 => -50m, < 4 => 0.01m * random.Next(1, 5), _ => 60 };
            var price = await market.GetFromJsonAsync<decimal>("/simulator/price", cancellation);
            // One in five is a stop for all that is held, so close that it often goes off; sales that need its units come meanwhile.
            var (stops, distance, sells) = (random.Next(5) == 0, 0.01m * random.Next(200, 3000), random.Next(2) == 0);
            await approving.WaitAsync(cancellation);
            var assessed = await AgainAsync(async () =>
                stops && await ExchangeAccount.SetStopAsync(journal, number, price, price - distance) is { } stop
                    ? stop : await ExchangeAccount.ApproveAsync(journal, number, price, margin, quantity, sells));
            approving.Release();
            var end = ends.Of(assessed.TradeId);
            await TellAsync(bus, assessed);
            await end;
        });
        foreach (var stop in (await AgainAsync(() => journal.AccountAsync(ExchangeAccount.Account, default)))!.State.Reservations
            .Where(open => open.Value.RestsOnExchange()))
            await AgainAsync(() => new JournalControl(journal, ExchangeAccount.Account, TimeProvider.System)
                .ActAsync(new(OperatorAction.Cancel, "test", "the end") { Order = stop.Key.ToString() }, default));
        await WaitAsync(async () =>
            (await journal.AccountAsync(ExchangeAccount.Account, default))!.State is { Reservations.Count: 0, External.Pending: false });
        // The exchange leaves questions unanswered at times, as it does all along: they are asked again, as the service does.
        var comparison = ActivatorUtilities.CreateInstance<Reconciliation>(app.Services);
        while (!await AgainAsync(() => comparison.CompareAsync(default)))
        {
        }
        Console.WriteLine("done");
    }

    private static async Task WaitAsync(Func<Task<bool>> holds)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (!await AgainAsync(holds))
            await timer.WaitForNextTickAsync();
    }

    // PostgreSQL ends the connections of a frozen program. After it wakes, what failed is done again, as a queue would.
    private static async Task<T> AgainAsync<T>(Func<Task<T>> attempt)
    {
        while (true)
        {
            try
            {
                return await attempt();
            }
            catch (NpgsqlException)
            {
                await Task.Delay(100);
            }
        }
    }

    private static Task TellAsync(IBus bus, RiskAssessed assessed) =>
        bus.Publish(assessed, publish => publish.MessageId = DerivedId.Message(assessed.TradeId, nameof(RiskAssessed)));

    private static async Task<long> PassedAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("select count(*) from mt_events where type = 'reconciliation_passed'");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task<HashSet<Guid>> StreamsAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("select id from mt_streams where id like 'trade-%'");
        await using var reader = await command.ExecuteReaderAsync();
        var known = new HashSet<Guid>();
        while (await reader.ReadAsync())
            known.Add(Trade.IdOf(reader.GetString(0))!.Value);
        return known;
    }

    /// <summary>The ends of trades, as they are told.</summary>
    internal sealed class Ends
    {
        // A trade whose order is left to be asked for is not waited for: its end comes later.
        private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

        private readonly ConcurrentDictionary<Guid, TaskCompletionSource> _waiting = new();

        public Task Of(Guid tradeId) => Task.WhenAny(
            _waiting.GetOrAdd(tradeId, _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task, Task.Delay(Longest));

        public void Tell(Guid tradeId)
        {
            Console.WriteLine(tradeId);
            _waiting.GetOrAdd(tradeId, _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        }
    }

    internal sealed class EndsConsumer(Ends ends) : IConsumer<TradeExecuted>
    {
        public Task Consume(ConsumeContext<TradeExecuted> context)
        {
            ends.Tell(context.Message.TradeId);
            return Task.CompletedTask;
        }
    }
}
