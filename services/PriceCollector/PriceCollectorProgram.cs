using MassTransit;
using Trading.Core;
using Trading.Hosting;
using Trading.Hosting.Background;
using Trading.Hosting.Messaging;
using Trading.Hosting.Settings;
using Trading.Hosting.Stores;
using Trading.Hosting.Telemetry;
using Trading.Journal.Events;
using Trading.Journal.Tables;
using Trading.MarketData;
using Trading.Services.Feeds;

namespace Trading.Services;

/// <summary>The service that observes prices.</summary>
public static class PriceCollectorProgram
{
    /// <summary>The service on its own.</summary>
    public static TradingProgram Program { get; } = new("price-collector", "Observes prices and publishes them.",
        trading => trading.AddPriceCollector())
    {
        Prepare = (settings, _) =>
        {
            CheckData(settings);
            return Task.FromResult(settings);
        },
    };

    /// <summary>Registers the service.</summary>
    public static void AddPriceCollector(this TradingServices trading)
    {
        trading.Services.AddSingleton(services =>
            PriceStores.Sinks(trading.Settings, services.GetRequiredService<PriceHistory>(), services.GetRequiredService<IPriceHistory>()));
        // Registered before the collector, so that it stops after it. Retries of stores run in real time.
        trading.Services.AddSingleton(services => new PriceSinks(
            services.GetRequiredService<IReadOnlyList<IPriceSink>>(), services.GetRequiredService<IPriceHistory>(), trading.Settings,
            new(services.GetRequiredService<TradeJournal>().Database),
            services.GetRequiredService<TradingMetrics>(), services.GetRequiredService<Supervision>(), TimeProvider.System,
            services.GetRequiredService<ILogger<PriceSinks>>()));
        trading.Services.AddHostedService(services => services.GetRequiredService<PriceSinks>());
        if (trading.Settings.Feed.IsPlayed())
        {
            trading.Services.AddSingleton<DecisionGate>();
            trading.Services.AddSingleton<RecordedRun>();
            trading.Services.AddHostedService(services => services.GetRequiredService<RecordedRun>());
            trading.Bus.AddConsumer<DecisionWatch, DecisionWatchDefinition>();
            return;
        }

        trading.Services.AddSingleton(
            services => services.GetRequiredService<TradeJournal>().LeadershipOf("price-collector"));
        trading.Services.AddSingleton(
            services => services.GetRequiredService<TradingSettings>().Feeds(services.GetRequiredService<TimeProvider>()));
        trading.Services.AddSingleton(
            services => services.GetRequiredService<TradingSettings>().Candles(services.GetRequiredService<TimeProvider>()));
        trading.Services.AddSingleton<Backfill>();
        trading.Services.AddHostedService<PriceCollector>();
    }

    /// <summary>Checks the symbols and the recorded data before anything starts.</summary>
    /// <exception cref="StartException">The sources do not have a symbol, or the data cannot be played with these settings.</exception>
    public static void CheckData(TradingSettings settings)
    {
        if (settings.Feed is FeedKind.Live or FeedKind.Auto
            && settings.Symbols.Select(SourceSymbol.Violation).FirstOrDefault(wrong => wrong is not null) is { } violation)
            throw new StartException(violation);
        if (settings.Feed != FeedKind.Recorded)
            return;
        foreach (var symbol in settings.Symbols)
            CheckData(settings, symbol);
    }

    private static void CheckData(TradingSettings settings, string symbol)
    {
        try
        {
            var files = NamedFiles.PathsOf(settings.Data, symbol);
            using var feed = new RecordedFeed(symbol, files, settings.From, settings.To);
            if (feed.IntervalSeconds == settings.PriceIntervalSeconds)
                return;
            throw new StartException(
                $"the candles of {files[0]} are {feed.IntervalSeconds} s apart, Trading:PriceIntervalSeconds is "
                + $"{settings.PriceIntervalSeconds}: add --set "
                + $"PriceIntervalSeconds={feed.IntervalSeconds} --set DecisionIntervalSeconds={feed.IntervalSeconds} --set "
                + $"HorizonSeconds={Math.Max(settings.HorizonSeconds, feed.IntervalSeconds)} --set "
                + $"MaxPriceAgeSeconds={feed.IntervalSeconds}");
        }
        catch (CandleFileException unusable)
        {
            throw new StartException(unusable.Message);
        }
    }

    /// <summary>The sources that the settings name.</summary>
    public static IReadOnlyList<IPriceFeed> Feeds(this TradingSettings settings, TimeProvider clock)
    {
        if (settings.Feed == FeedKind.Simulated)
            return [new SimulatedFeed(settings.Seed, clock)];
        var http = LiveFeeds.NewHttpClient();
        return [
            .. settings.Sources.Select(source => LiveFeeds.Create(source, http, settings.FeedRules(), clock, settings.AddressOf(source),
                dataFolder: DataFolder.OrNone))];
    }

    /// <summary>The sources of past prices among those that the settings name.</summary>
    public static IReadOnlyList<IExchangeCandles> Candles(this TradingSettings settings, TimeProvider clock) =>
        LiveFeeds.Candles(settings.Sources, LiveFeeds.NewHttpClient(), settings.FeedRules(), clock, settings.AddressOf);

    /// <summary>How far the clock of a source that answers is ahead of this machine's; null when none answers.</summary>
    public static Task<(string Source, TimeSpan Offset)?> SourceClockAsync(
        this TradingSettings settings, TimeProvider clock, CancellationToken cancellation) =>
        SourceClock.OffsetAsync(settings.Sources, settings.AddressOf, clock, cancellation);

    /// <summary>The candles of one exchange, for downloads.</summary>
    public static IExchangeCandles CandlesOf(this TradingSettings settings, string exchange, HttpClient http, TimeProvider clock) =>
        LiveFeeds.CandlesOf(exchange, http, settings.FeedRules(), clock, settings.AddressOf(exchange));

    private static LiveFeedRules FeedRules(this TradingSettings settings) =>
        new() { Timeout = TimeSpan.FromSeconds(settings.SourceTimeoutSeconds) };

    private static Uri? AddressOf(this TradingSettings settings, string source) =>
        settings.SourceAddresses.Select(address => address.Split('=', 2)).Where(pair => pair[0] == source)
            .Select(pair => new Uri(pair[1])).FirstOrDefault();

    private sealed class DecisionWatchDefinition(TradingSettings settings)
        : TradingConsumerDefinition<DecisionWatch>(TradingEndpoint.Decisions, settings);
}
