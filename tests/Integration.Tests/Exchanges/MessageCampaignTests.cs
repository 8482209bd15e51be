using System.Collections.Concurrent;
using System.Text.Json;
using MassTransit;
using MassTransit.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Hosting.Stores;
using Trading.TestKit.Data;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Programs;
using Xunit;
using Xunit.Abstractions;
using static Trading.TestKit.Exchanges.ExchangeSystem;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>
/// RiskManager and Executor on a simulated exchange, and somebody who may publish beside them: forged, doubled, reordered, dated and
/// malformed messages by seed, in memory and over SNS and SQS, there also past the bus. What cannot be is refused, each time heard; the
/// rest moves nothing beyond the limits.
/// </summary>
public sealed class MessageCampaignTests(ITestOutputHelper output)
{
    private readonly ConcurrentDictionary<Guid, bool> _refused = [];
    private readonly List<(Guid Id, string What)> _impossible = [];
    private readonly List<(PriceObserved Price, PredictionMade Prediction)> _said = [];
    private readonly Dictionary<string, int> _done = [];

    [Theory]
    [InlineData("binance", 1, false)]
    [InlineData("coinbase", 2, false)]
    [InlineData("binance", 3, true)]
    [InlineData("coinbase", 4, true)]
    public async Task messages_of_others_break_no_limit_stop_no_loop_and_no_exit_and_are_heard(string name, int seed, bool overSqs)
    {
        var (system, talk) = await ExchangeTalk.CreateAsync(name);
        await using var _ = system;
        system.Settings = FaultCampaign.Settings(system.Settings);
        using var raw = overSqs ? await RawMessages.CreateAsync(system, seed) : null;
        var (random, mutator) = (new Random(seed), new JsonMutator(seed));
        var app = await StartAsync(talk, passes: true);
        for (var step = 1; step <= LongForm.Or(2000, 40); step++)
        {
            await StepAsync(system, talk, app, random, mutator);
            if (raw is not null)
                app = await RawStepAsync(raw, system, talk, app, step);
        }

        await UntilAsync(async () =>
        {
            await (raw?.HearAsync() ?? Task.CompletedTask);
            return _impossible.All(message => _refused.ContainsKey(message.Id) || raw?.Has(message.Id) == true);
        }, "what cannot be was not refused");
        await (raw?.AllHeardAsync() ?? Task.CompletedTask);
        await FaultCampaign.EndsWellAsync(system, talk, app);
        await (raw?.AllHeardAsync() ?? Task.CompletedTask);
        output.WriteLine(string.Join(", ", _done.OrderBy(entry => entry.Key).Select(entry => $"{entry.Value} {entry.Key}")));
        Assert.NotEmpty(_impossible);
    }

    private async Task<WebApplication> StartAsync(ExchangeTalk talk, bool passes)
    {
        var app = await talk.StartAsync(passes);
        app.Services.GetRequiredService<IBusControl>().ConnectReceiveObserver(new Refusals(_refused));
        return app;
    }

    // One message past the bus; now and then the program dies, and what it had taken comes again to the next.
    private async Task<WebApplication> RawStepAsync(RawMessages raw, ExchangeSystem system, ExchangeTalk talk, WebApplication app, int step)
    {
        var (price, prediction) = talk.Make(step % 2 == 0 ? Direction.Up : Direction.Down);
        await app.Services.GetRequiredService<IPriceHistory>().AddAsync(price, default);
        var kind = RawMessages.Kinds[step % RawMessages.Kinds.Length];
        _done[$"raw {kind}"] = _done.GetValueOrDefault($"raw {kind}") + 1;
        await raw.PutAsync(kind, price, prediction);
        if (step % 20 != 0)
            return app;
        await raw.HearAsync();
        await system.CrashAsync(app);
        await raw.LoseAsync(price, prediction);
        return await StartAsync(talk, passes: false);
    }

    private async Task StepAsync(ExchangeSystem system, ExchangeTalk talk, WebApplication app, Random random, JsonMutator mutator)
    {
        var (price, prediction) = talk.Make(random.Next(3) switch { 0 => Direction.Up, 1 => Direction.Down, _ => Direction.Stable });
        await app.Services.GetRequiredService<IPriceHistory>().AddAsync(price, default);
        string[] kinds = ["true", "doubled", "reordered", "dated", "of another symbol", "at a false price", "malformed",
            "of a false order", "of no trade", "not to be stored"];
        var what = kinds[random.Next(kinds.Length)];
        _done[what] = _done.GetValueOrDefault(what) + 1;
        // What comes again after a crash must still lie ahead.
        var ahead = TimeSpan.FromSeconds(Math.Pow(10, 1 + random.NextDouble() * 7) * 2)
            + (system.Settings.Transport == TransportKind.AmazonSqs ? TimeSpan.FromHours(1) : TimeSpan.Zero);
        switch (what)
        {
            case "doubled":
                await SayAsync(app, prediction);
                await SayAsync(app, prediction);
                await SayAsync(app, price);
                await SayAsync(app, _said.Count > 0 ? _said[random.Next(_said.Count)].Prediction : prediction);
                break;
            case "reordered":
                var later = talk.Make(Direction.Stable);
                await app.Services.GetRequiredService<IPriceHistory>().AddAsync(later.Price, default);
                await SayAsync(app, later.Prediction);
                await SayAsync(app, later.Price);
                await SayAsync(app, prediction);
                await SayAsync(app, price);
                break;
            case "dated":
                var dated = price with { ObservedAt = price.ObservedAt + ahead, IntervalStart = price.IntervalStart + ahead };
                await ImpossibleAsync(app, dated, what);
                await ImpossibleAsync(app, prediction with { MadeAt = prediction.MadeAt + ahead }, what);
                break;
            case "of another symbol":
                await ImpossibleAsync(app, price with { Symbol = "DOGE-USD" }, what);
                break;
            case "at a false price":
                // As the true one, but for what it says: neither bought nor sold at.
                var forged = price with { Price = decimal.Round(price.Price * (decimal)(0.5 + random.NextDouble()), 2) };
                await SayAsync(app, forged);
                await SayAsync(app, prediction with { Price = forged });
                break;
            case "malformed":
                await SayAsync(app, Malformed(mutator, price) ?? price);
                await SayAsync(app, Malformed(mutator, prediction) ?? prediction);
                break;
            case "not to be stored":
                await ImpossibleAsync(app, prediction with { Window = prediction.Window with { Digest = "a\0b" } }, what);
                break;
            case "of a false order" or "of no trade":
                await FalseOrderAsync(system, app, prediction, what == "of no trade");
                break;
            default:
                await SayAsync(app, price);
                await SayAsync(app, prediction);
                break;
        }
        _said.Add((price, prediction));
    }

    // An approval with another order than the journal's, or of a trade that the journal does not have.
    private static async Task FalseOrderAsync(ExchangeSystem system, WebApplication app, PredictionMade prediction, bool unknown)
    {
        var account = await system.StateAsync();
        var known = account.Reservations.Keys.Cast<Guid?>().FirstOrDefault();
        var id = unknown || known is null ? DerivedId.Trade(prediction.PredictionId) : known.Value;
        var now = system.Clock.GetUtcNow();
        var order = new Order(prediction.Price.Symbol, TradeAction.Buy, 9, 70_000, 650_000);
        var approval = new Assessment(ExchangeAccount.Account, TradeAction.Buy, Verdict.Approved, null, order, [], account.LimitsVersion, 1,
            1_000_000, 0, 0, 1_000_000, 0, now, now.AddMinutes(1));
        await SayAsync(app, new RiskAssessed(id, prediction, approval));
    }

    private async Task ImpossibleAsync<T>(WebApplication app, T message, string what)
        where T : class
    {
        var id = Guid.NewGuid();
        _impossible.Add((id, what));
        await app.Services.GetRequiredService<IBus>().Publish(message, publish => publish.MessageId = id);
    }

    private static Task SayAsync<T>(WebApplication app, T message)
        where T : class => app.Services.GetRequiredService<IBus>().Publish(message);

    private static T? Malformed<T>(JsonMutator mutator, T message)
        where T : class
    {
        var options = SystemTextJsonMessageSerializer.Options;
        try
        {
            return JsonSerializer.Deserialize<T>(mutator.Next(JsonSerializer.Serialize(message, options)), options);
        }
        catch (Exception unread) when (unread is JsonException or NotSupportedException or FormatException or OverflowException
            or ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    private sealed class Refusals(ConcurrentDictionary<Guid, bool> refused) : IReceiveObserver
    {
        public Task PreReceive(ReceiveContext context) => Task.CompletedTask;

        public Task PostReceive(ReceiveContext context) => Task.CompletedTask;

        public Task PostConsume<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType)
            where T : class => Task.CompletedTask;

        public Task ConsumeFault<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception)
            where T : class => Note(context.MessageId);

        public Task ReceiveFault(ReceiveContext context, Exception exception) => Note(context.GetMessageId());

        private Task Note(Guid? id)
        {
            if (id is { } known)
                refused[known] = true;
            return Task.CompletedTask;
        }
    }
}
