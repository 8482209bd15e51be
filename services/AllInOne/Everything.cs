using MassTransit;
using Trading.Core;
using Trading.Hosting;
using Trading.Services;
using Trading.Services.Feeds;

namespace Trading.AllInOne;

/// <summary>All services in one process, and a view of what they do for the person in front of it.</summary>
public static class Everything
{
    /// <summary>How long live sources get to answer before the simulated feed takes over.</summary>
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(8);

    /// <summary>The program.</summary>
    public static TradingProgram Program { get; } = new(
        "trading",
        "Trades on paper: observes prices, predicts, assesses risk, executes and keeps the journal, all in one process.\n"
        + "Without switches: live prices, a private PostgreSQL for the journal, nothing to configure.\n"
        + "Recorded prices: --data candles.csv.gz --from 2024-03-01 --to 2024-03-08",
        trading =>
        {
            trading.Services.AddSingleton(Terminal.Output);
            trading.Services.AddSingleton<TradingView>();
            trading.Services.AddSingleton<RunReport>();
            trading.Services.AddHostedService(services => services.GetRequiredService<RunReport>());
            trading.AddPriceCollector();
            trading.AddPredictor();
            trading.AddRiskManager();
            trading.AddExecutor();
            trading.Services.AddHostedService<ProgressLine>();
            trading.Bus.AddConsumer<TradingViewConsumer, TradingViewConsumerDefinition>();
        })
    {
        Defaults = settings => settings with { Feed = FeedKind.Auto, HttpPort = 0 },
        Prepare = ChooseFeedAsync,
        Complete = true,
        Interactive = true,
        Finish = services => services.GetRequiredService<RunReport>().PrintAsync(),
    };

    private static async Task<TradingSettings> ChooseFeedAsync(TradingSettings settings, CancellationToken cancellation)
    {
        Collecting.CheckData(settings);
        if (settings.Feed != FeedKind.Auto)
            return settings;
        var live = settings with { Feed = FeedKind.Live };
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(ProbeTimeout);
        var answers = await Task.WhenAll(live.Feeds(TimeProvider.System).Select(feed => ProbeAsync(feed, settings.Symbols[0], timeout.Token)));
        cancellation.ThrowIfCancellationRequested();
        var consensus = Consensus.Of([.. answers.Where(answer => answer.Quote is not null).Select(answer => answer.Quote!)], settings.Consensus(), TimeProvider.System.GetUtcNow());
        if (consensus.Price is not null)
            return live;

        Console.Error.WriteLine(
            $"*** NO LIVE PRICES: {string.Join("; ", answers.Select(answer => $"{answer.Source}: {answer.Reason ?? "answered"}"))}. "
            + "GOING ON WITH SIMULATED PRICES, which mean nothing. --feed live insists on live ones. ***");
        return settings with { Feed = FeedKind.Simulated };
    }

    private static async Task<(string Source, Contracts.Quote? Quote, string? Reason)> ProbeAsync(IPriceFeed feed, string symbol, CancellationToken cancellation)
    {
        try
        {
            return (feed.Source, await feed.QuoteAsync(symbol, cancellation), null);
        }
        catch (PriceFeedException failure)
        {
            return (feed.Source, null, failure.Message);
        }
        catch (OperationCanceledException)
        {
            return (feed.Source, null, $"no answer within {ProbeTimeout.TotalSeconds} s");
        }
    }

    private sealed class TradingViewConsumerDefinition : ConsumerDefinition<TradingViewConsumer>
    {
        public TradingViewConsumerDefinition() => (EndpointName, ConcurrentMessageLimit) = ("view", 1);
    }
}
