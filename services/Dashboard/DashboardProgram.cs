using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Trading.Dashboard.Access;
using Trading.Dashboard.Api;
using Trading.Dashboard.Chat;
using Trading.Dashboard.Pages;
using Trading.Dashboard.Reading;
using Trading.Hosting;
using Trading.Hosting.Control;
using Trading.Hosting.Messaging;
using Trading.Hosting.Settings;
using Trading.Journal.Events;

namespace Trading.Dashboard;

/// <summary>The dashboard: pages and an API on the journal, the prices and the health of the services. It decides nothing.</summary>
public static class DashboardProgram
{
    /// <summary>The program on its own.</summary>
    public static TradingProgram Program { get; } = new(
        "dashboard", "Shows what the system does, and hands an operator's commands on.", trading => trading.AddDashboard())
    {
        Defaults = settings => settings with { Dashboard = true },
        Prepare = (settings, _) => settings is { ControlTokens.Count: 0, ControlTokenSecret: null }
            ? throw new StartException("no user could log in to the dashboard: Trading:ControlTokens must name a token, was empty")
            : Task.FromResult(settings),
        Map = app => app.MapDashboard(),
        ReadsOnly = true,
    };

    /// <summary>Registers it, where the settings want it.</summary>
    public static void AddDashboard(this TradingServices trading)
    {
        if (!trading.Settings.Dashboard)
            return;
        var services = trading.Services;
        services.AddTokenCheck();
        services.AddSingleton(provider =>
            new DashboardDatabase(provider.GetRequiredService<TradeJournal>().ConnectionString, trading.Settings));
        services.AddSingleton(new JournalView(trading.Settings.Account));
        services.AddSingleton<StreamHub>();
        services.AddSingleton(provider => new JournalReading(provider.GetRequiredService<DashboardDatabase>(),
            provider.GetRequiredService<JournalView>(), provider.GetRequiredService<StreamHub>(), trading.Settings,
            ViewFile.Of(trading.Settings, provider.GetRequiredService<TradeJournal>(),
                provider.GetRequiredService<ILogger<ViewFile>>())));
        services.AddHostedService<JournalFollower>();
        services.AddSingleton<OpenJournals>();
        services.AddHostedService<NowTelling>();
        services.AddSingleton<Health>();
        services.AddSingleton(provider => new Journaled(
            provider.GetRequiredService<JournalReading>(), provider.GetRequiredService<Health>(), trading.Settings));
        services.AddSingleton<JournalChecks>();
        services.AddSingleton<PastRuns>();
        services.AddSingleton<Commands>();
        services.AddSingleton(provider =>
            LocalKey.LoadOrCreate(trading.Settings, provider.GetRequiredService<ILogger<LocalKey>>()));
        services.AddSingleton(provider => new Sessions(provider.GetRequiredService<NamedTokens>(), provider.GetRequiredService<LocalKey>(),
            trading.Settings, TimeProvider.System));
        services.AddSingleton<Gate>();
        if (trading.Settings.TelegramTokenSecret is not null)
        {
            services.AddSingleton<ChatReplies>();
            services.AddHostedService<ChatBot>();
        }
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.AddApiDescription();
    }

    /// <summary>Maps its pages, where the settings want it.</summary>
    public static void MapDashboard(this WebApplication app)
    {
        if (!app.Services.GetRequiredService<TradingSettings>().Dashboard)
            return;
        var gate = app.Services.GetRequiredService<Gate>();
        app.Use((context, next) => IsOfTheHost(context.Request.Path) ? next(context) : gate.PassAsync(context, next));
        app.MapAssets();
        app.MapPages();
        app.MapApi();
    }

    /// <summary>An address of the running program that logs a browser in once; null before it listens.</summary>
    public static string? Address(IServiceProvider services)
    {
        var address = services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault();
        // What listens everywhere is reached from here by the name of this machine itself.
        return address is null ? null : $"{address.Replace("//0.0.0.0", "//127.0.0.1", StringComparison.Ordinal)}/"
            + $"?{Gate.OneTime}={services.GetRequiredService<Sessions>().NewOneTimeToken()}";
    }

    private static bool IsOfTheHost(PathString path) =>
        path.StartsWithSegments("/health") || path.StartsWithSegments("/metrics") || path.StartsWithSegments(ControlApi.Path);
}
