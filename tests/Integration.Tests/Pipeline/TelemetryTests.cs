using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Telemetry;
using Trading.Services;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Pipeline;

/// <summary>Traces, metrics and health pages.</summary>
[Collection(nameof(Alone))]
public sealed class TelemetryTests : SerialTest
{
    [Fact]
    public async Task the_spans_of_all_four_services_are_on_one_trace()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is TradingMetrics.Name or "MassTransit",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        var settings = InProcessSystem.Recorded(InProcessSystem.WriteCandles(Folder, minutes: 240, seed: 7));
        var journal = await InProcessSystem.PlayAsync(settings, await PostgresServer.CreateDatabaseAsync());

        var trades = journal.Trades.Where(trade => trade.Filled).Select(trade => $"{trade.Assessed.TradeId}").ToList();
        Assert.NotEmpty(trades);
        foreach (var tradeId in trades)
        {
            var trace = Assert.Single(
                spans.Where(span => span.TagObjects.Any(tag => $"{tag.Value}" == tradeId)).Select(span => span.TraceId).Distinct());
            var names = spans.Where(span => span.TraceId == trace).Select(span => span.DisplayName).ToList();
            Assert.Single(names, "observe price");
            foreach (var service in new[] { "predictor", "risk-manager", "executor" })
                Assert.Contains(names, name => name.Contains($"trading-{service}", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task the_four_figures_have_the_values_that_are_defined_for_them()
    {
        var settings = InProcessSystem.Recorded(InProcessSystem.WriteCandles(Folder, minutes: 800, seed: 1));
        var measured = new ConcurrentQueue<(string Name, double Value, string Tags)>();
        using var listener = new MeterListener();
        IMeterFactory? meters = null;
        listener.InstrumentPublished = (instrument, all) =>
        {
            if (instrument.Meter.Name == TradingMetrics.Name && instrument.Meter.Scope == meters)
                all.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
            measured.Enqueue((instrument.Name, value, string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}")))));

        var database = await PostgresServer.CreateDatabaseAsync();
        await using (var app = await InProcessSystem.BuildAsync(settings, database, InProcessSystem.Everything))
        {
            meters = app.Services.GetRequiredService<IMeterFactory>();
            listener.Start();
            await app.StartAsync();
            await app.WaitForShutdownAsync();
        }
        var journal = await JournalRecord.ReadAsync(database);
        var assessments = journal.Trades.Select(trade => trade.Assessed.Assessment).ToList();
        Assert.Equal(assessments.Select(assessment => ("PortfolioValue", (double)assessment.EquityUsd, "account=main")),
            measured.Where(one => one.Name == "PortfolioValue"));
        Assert.Equal(assessments.Select(assessment => ("RiskScore", assessment.RiskScore, "account=main")),
            measured.Where(one => one.Name == "RiskScore"));
        Assert.Equal(SuccessRates(journal), measured.Where(one => one.Name == "TradeSuccessRate").Select(one => one.Value));
        Assert.Equal(Accuracies(journal).Select(rate => Math.Round(rate, 9)),
            measured.Where(one => one.Name == "PredictionAccuracy").Select(one => Math.Round(one.Value, 9)));
        Assert.All(measured.Where(one => one.Name == "PredictionAccuracy"),
            one => Assert.Equal("model=technical symbol=BTC-USD", one.Tags));
        Assert.Contains(assessments, assessment => assessment.RiskScore > 0);
    }

    [Fact]
    public async Task the_health_pages_tell_whether_the_journal_can_be_reached()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using var app = await InProcessSystem.BuildAsync(InProcessSystem.Told, database, trading =>
        {
            trading.Services.AddSingleton<TimeProvider>(new ManualTime(InProcessSystem.Start));
            trading.AddRiskManager();
            trading.AddExecutor();
        });
        await app.StartAsync();
        using var http = new HttpClient { BaseAddress = new(app.Urls.Single()) };
        async Task<(HttpStatusCode Live, HttpStatusCode Ready)> HealthAsync()
        {
            using var live = await http.GetAsync("/health/live");
            using var ready = await http.GetAsync("/health/ready");
            return (live.StatusCode, ready.StatusCode);
        }

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), await HealthAsync());
        var name = new NpgsqlConnectionStringBuilder(database).Database;
        await AdministerAsync(database, $"alter database {name} allow_connections false",
            $"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable), await HealthAsync());
        await AdministerAsync(database, $"alter database {name} allow_connections true");
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), await HealthAsync());
    }

    // docs/metrics.md: sales whose proceeds beyond the average cost of what was sold exceed the fee / all sales.
    private static List<double> SuccessRates(JournalRecord journal)
    {
        var rates = new List<double>();
        var profitable = 0;
        Portfolio? account = null;
        foreach (var happened in journal.AccountEvents)
        {
            if (happened is TradeSettled { Side: TradeAction.Sell } sale)
            {
                var profit = (sale.Price - account!.PositionIn(sale.Symbol).AverageCost()) * sale.Quantity - sale.FeeUsd;
                profitable += profit > 0 ? 1 : 0;
                rates.Add(profitable / (rates.Count + 1.0));
            }
            account = Portfolio.Evolve(account, happened);
        }
        return rates;
    }

    // docs/metrics.md: hits / directional predictions whose horizon has passed, each score worth 1 - share / 500 of the one after it, when
    // scores are written: at each full hour.
    private static List<double> Accuracies(JournalRecord journal)
    {
        var predictions = journal.Trades.Select(trade => trade.Assessed.Prediction).OfType<PredictionMade>().ToList();
        var scored = new List<(DateTimeOffset At, bool Hit)>();
        foreach (var prediction in predictions)
        {
            var direction = prediction.Models.Single().Direction;
            var horizon = prediction.Price.IntervalStart.AddSeconds(prediction.HorizonSeconds);
            if (direction is Direction.Up or Direction.Down
                && predictions.Find(later => later.Price.IntervalStart >= horizon) is { Price: var then })
                scored.Add((then.IntervalStart,
                    direction == Direction.Up ? then.Price > prediction.Price.Price : then.Price < prediction.Price.Price));
        }
        return [.. predictions.Select(prediction => prediction.Price.IntervalStart).Where(at => at is { Minute: 0, Second: 0 })
            .Select(at => scored.Where(one => one.At <= at).Reverse().ToList()).Where(newestFirst => newestFirst.Count > 0)
            .Select(newestFirst => Faded(newestFirst, one => one.Hit) / Faded(newestFirst, _ => true))];
    }

    private static double Faded<T>(List<T> newestFirst, Func<T, bool> counts) =>
        newestFirst.Select((one, age) => counts(one) ? Math.Pow(1 - 1 / 60.0 / 500, age) : 0).Sum();

    private static async Task AdministerAsync(string database, params string[] statements)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(database) { Database = "postgres", Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        foreach (var statement in statements)
        {
            await using var command = new NpgsqlCommand(statement, connection);
            await command.ExecuteNonQueryAsync();
        }
    }
}
