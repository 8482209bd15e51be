using MassTransit;
using Trading.Core;
using Trading.Dashboard;
using Trading.Hosting;
using Trading.Hosting.Settings;
using Trading.Services;
using Trading.Services.Feeds;

namespace Trading.AllInOne;

/// <summary>All services in one process, and a view of what they do for the person in front of it.</summary>
public static class AllInOneProgram
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
            trading.AddDashboard();
            trading.Services.AddHostedService<ProgressLine>();
            if (trading.Settings.Dashboard)
                trading.Services.AddHostedService<DashboardLine>();
            trading.Bus.AddConsumer<TradingViewConsumer, TradingViewConsumerDefinition>();
        })
    {
        Defaults = settings => settings with { Feed = FeedKind.Auto, HttpPort = 0, Dashboard = true },
        Prepare = ChooseFeedAsync,
        Map = app => app.MapDashboard(),
        Complete = true,
        Decides = true,
        Interactive = true,
        Finish = services => services.GetRequiredService<RunReport>().PrintAsync(),
    };

    /// <summary>The program on a simulated market that needs nothing: no network, no data, no settings.</summary>
    public static TradingProgram Demo { get; } = Program with
    {
        Description = "Shows the whole system at work on a SIMULATED market: prices, decisions and trades within seconds, "
            + $"with {DemoPrices.PastDays} days of past and then {DemoSpeed} times real time. No network, no data, no settings, no money.\n"
            + "Its profile is technical, the original's rule, which decides each minute; --profile local shows the default, "
            + "which decides each day.\n"
            + "The same seed shows the same market: --seed 2 shows another one. Ctrl-C ends it.",
        Profile = TradingSettings.TechnicalProfile,
        Defaults = settings => settings with { Feed = FeedKind.Demo, Speed = PlayedSpeed(settings), HttpPort = 0, Dashboard = true },
        Prepare = (settings, _) =>
        {
            ExecutorProgram.CheckSealKey(settings);
            if (settings.Feed != FeedKind.Demo)
                throw new StartException("trading demo shows the simulated market alone, was "
                    + $"Trading:Feed={DashedName.Of(settings.Feed.ToString())}: trading run takes other prices");
            Console.WriteLine($"A SIMULATED market: {settings.Symbols[0]}, {DemoPrices.PastDays} days of past, "
                + $"then {(settings.Speed == "max" ? "as fast as it decides" : $"{settings.Speed} times real time")}. "
                + "Its prices mean nothing, and nothing costs money. Ctrl-C ends it.");
            return Task.FromResult(Dated(settings));
        },
        Finish = async services =>
        {
            var exitCode = await services.GetRequiredService<RunReport>().PrintAsync();
            services.GetRequiredService<RunReport>().PrintNextSteps();
            return exitCode;
        },
    };

    private const int DemoSpeed = 300;

    // Where decisions are rare, at most a minute passes between two.
    private const int SecondsBetweenDecisions = 60;

    // The program's clock is the market's: what it writes before the first price has the time of the beginning.
    private static TradingSettings Dated(TradingSettings settings) => settings with { From = settings.From ?? DemoPrices.Begin };

    private static string PlayedSpeed(TradingSettings settings) =>
        $"{Math.Max(DemoSpeed, settings.DecisionIntervalSeconds / SecondsBetweenDecisions)}";

    private static async Task<TradingSettings> ChooseFeedAsync(TradingSettings settings, CancellationToken cancellation)
    {
        ExecutorProgram.CheckSealKey(settings);
        PriceCollectorProgram.CheckData(settings);
        if (settings.Feed != FeedKind.Auto)
            return settings;
        var live = settings with { Feed = FeedKind.Live };
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(ProbeTimeout);
        var answers = await Task.WhenAll(
            live.Feeds(TimeProvider.System).Select(feed => ProbeAsync(feed, settings.Symbols[0], timeout.Token)));
        cancellation.ThrowIfCancellationRequested();
        var consensus = Consensus.Of([.. answers.Where(answer => answer.Quote is not null).Select(answer => answer.Quote!)],
            settings.Consensus(), TimeProvider.System.GetUtcNow());
        if (consensus.Price is not null)
            return live;

        var demo = Dated(settings with { Feed = FeedKind.Demo, Speed = PlayedSpeed(settings) });
        Console.Error.WriteLine(
            $"*** NO LIVE PRICES: {string.Join("; ", answers.Select(answer => $"{answer.Source}: {answer.Reason ?? "answered"}"))} ***");
        Console.Error.WriteLine($"*** GOING ON WITH THE SIMULATED MARKET of trading demo, {demo.Speed} times real time; "
            + "its prices mean nothing. --feed live insists on live prices. ***");
        return demo.Validate() is [var violation, ..]
            ? throw new StartException($"without live prices only the simulated market is left, and for it {violation}; "
                + "--feed live waits for live prices") : demo;
    }

    private static async Task<(string Source, Contracts.Quote? Quote, string? Reason)> ProbeAsync(
        IPriceFeed feed, string symbol, CancellationToken cancellation)
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
