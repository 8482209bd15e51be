using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Trading.Hosting.Alerts;
using Trading.Hosting.Messaging;
using Trading.Hosting.Secrets;
using Trading.Hosting.Settings;
using Trading.Hosting.Stores;
using Trading.Hosting.Telemetry;
using Trading.Journal.Events;
using Trading.Journal.Tables;
using Trading.Services.Exchanges;
using Trading.Services.Feeds;
using Trading.Services.Models;
using Xunit;

namespace Trading.Services.Tests.Hosting;

/// <summary>Settings and services share one list of names per family: every name in it can be created, and there is no other.</summary>
public sealed class KnownNamesTests : IAsyncLifetime
{
    private static readonly ExchangeOptions Options = new(null, true, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), "USD");

    private readonly string _folder = Directory.CreateTempSubdirectory("trading-test-").FullName;
    private ServiceProvider? _services;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_services is not null)
            await _services.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void every_exchange_of_the_settings_is_created_under_its_name()
    {
        var services = Services(new());
        foreach (var exchange in ExchangeKind.All)
        {
            var made = Named.Find<IExchangeMaker>(exchange.Name).Create(services, Options);
            Assert.Equal((exchange.Name, exchange.Fees is null), (made.Name, made.IsPaper));
            (made as IDisposable)?.Dispose();
        }
        AssertNoOther<IExchangeMaker>(ExchangeKind.All.Select(exchange => exchange.Name));
    }

    [Fact]
    public void every_model_of_the_settings_is_created_under_its_name()
    {
        var file = Path.Combine(_folder, "learned.json");
        ModelFile.Write(ModelFileTests.Model, file);
        var settings = new TradingSettings
        {
            Models = [.. ModelKind.All.Select(model => model.Name)], LearnedModelFile = file,
            BoostedModelFile = Path.Combine(_folder, "boosted.json"), HttpModelUrl = "http://127.0.0.1:9/predict",
        };

        var models = Services(settings).GetRequiredService<IReadOnlyList<IForecaster>>();

        Assert.Equal(ModelKind.All.Select(model => (model.Name, model.Remote)), models.Select(model => (model.Name, model.Remote)));
        AssertNoOther<IModelMaker>(ModelKind.All.Select(model => model.Name));
    }

    [Fact]
    public void every_price_source_of_the_settings_is_created_under_its_name()
    {
        using var http = LiveFeeds.NewHttpClient();
        foreach (var source in TradingSettings.KnownSources)
            Assert.Equal(source, LiveFeeds.Create(source, http, new(), TimeProvider.System).Source);
        AssertNoOther<ISourceMaker>(TradingSettings.KnownSources);
    }

    [Fact]
    public void every_alert_channel_of_the_settings_is_created()
    {
        var settings = new TradingSettings
        {
            Alerts = TradingSettings.KnownAlerts,
            AlertWebhooks = [.. TradingSettings.KnownWebhooks.Select(template => $"{template}=trading/{template}")],
        };
        var services = Services(settings);
        foreach (var name in TradingSettings.KnownAlerts)
        {
            foreach (var create in Named.Find<IAlertMaker>(name).Channels(settings))
            {
                var channel = create(services);
                Assert.False(string.IsNullOrEmpty(channel.Channel));
                (channel as IDisposable)?.Dispose();
            }
        }
        Assert.All(TradingSettings.KnownAlerts, name => Assert.NotEmpty(Named.Find<IAlertMaker>(name).Channels(settings)));
        AssertNoOther<IAlertMaker>(TradingSettings.KnownAlerts);
    }

    [Fact]
    public void a_name_without_a_class_is_an_error_that_says_the_name() => Assert.StartsWith("IExchangeMaker: there is no kraken",
        Assert.Throws<ArgumentException>(() => Named.Find<IExchangeMaker>("kraken")).Message, StringComparison.Ordinal);

    private static void AssertNoOther<T>(IEnumerable<string> names)
        where T : INamed => Assert.Equal(names.Order(), typeof(T).Assembly.GetTypes()
            .Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(T)))
            .Select(type => ((T)Activator.CreateInstance(type)!).Name).Order());

    // The services as a program registers them. Nothing is started, and no server is called.
    private ServiceProvider Services(TradingSettings settings)
    {
        const string Nowhere = "Host=127.0.0.1;Port=9;Database=none";
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddMetrics();
        services.AddSingleton<TradingMetrics>();
        services.AddSingleton(settings);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(_ => new TradeJournal(Nowhere, new("test", "1"), TimeProvider.System));
        services.AddSingleton<IPriceHistory>(_ => new PostgresPrices(new PriceHistory(Nowhere)));
        services.AddSingleton(_ => SecretStores.Store(settings, TimeProvider.System, null));
        services.AddMassTransit(bus =>
        {
            var trading = new TradingServices(services, bus, new(settings, false));
            trading.AddPredictor();
            trading.AddExecutor();
        });
        return _services = services.BuildServiceProvider();
    }
}
