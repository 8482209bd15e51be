using Trading.TestKit.Distributed;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Distributed;

/// <summary>What an operator sees of one trade in a viewer of traces.</summary>
[Collection(nameof(DistributedTests))]
public sealed class TraceTests(LocalEndpoint endpoint) : DistributedTests
{
    [Fact]
    public async Task one_trade_of_four_processes_over_sns_and_sqs_is_one_trace_from_its_price_to_its_fill()
    {
        await using var collector = await SpanCollector.StartAsync();
        await using var system = await DistributedSystem.CreateAsync(endpoint.Aws,
            [.. DistributedSystem.Recorded(InProcessSystem.WriteCandles(Folder, LongForm.Or(240, 210), seed: 7)), "--set",
                $"OtlpEndpoint={collector.Url}"]);
        system.Start(DistributedSystem.All);
        await system.CompletedAsync();
        // A service that ends exports what it still holds.
        foreach (var service in new[] { DistributedSystem.Predictor, DistributedSystem.RiskManager, DistributedSystem.Executor })
            await system.TerminateAsync(service);

        var journal = await JournalRecord.ReadAsync(system.Database);
        var spans = collector.Spans;
        var filled = journal.Trades.Where(trade => trade.Filled).ToList();
        Assert.NotEmpty(filled);
        foreach (var trade in filled)
        {
            var id = $"{trade.Assessed.TradeId}";
            var trace = Assert.Single(spans.Where(span => span.Attributes.Values.Contains(id)).Select(span => span.TraceId).Distinct());
            var ofTrade = spans.Where(span => span.TraceId == trace).ToList();
            Assert.Equal(["executor", "predictor", "price-collector", "risk-manager"],
                ofTrade.Select(span => span.Service).Distinct().Order(StringComparer.Ordinal));
            Assert.Equal("observe price", Assert.Single(ofTrade, span => span.ParentId.Length == 0).Name);
            var ids = ofTrade.Select(span => span.SpanId).ToHashSet();
            Assert.All(ofTrade.Where(span => span.ParentId.Length > 0), span => Assert.Contains(span.ParentId, ids));
        }
    }
}
