using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Trading.Hosting.Messaging;
using Trading.Journal.Events;

namespace Trading.Hosting.Control;

/// <summary>Registers the operator's control.</summary>
public static class ControlRegistration
{
    /// <summary>Gives the program the operator's control pages.</summary>
    public static void AddControl(this TradingServices trading)
    {
        var account = trading.Settings.Account;
        trading.Services.AddTokenCheck();
        trading.Services.TryAddSingleton<IOperatorControl>(
            services =>
                new JournalControl(services.GetRequiredService<TradeJournal>(), account, services.GetRequiredService<TimeProvider>()));
    }

    /// <summary>Gives the program the check of who holds a token.</summary>
    public static void AddTokenCheck(this IServiceCollection services)
    {
        services.TryAddSingleton<NamedTokens>();
        services.TryAddSingleton(_ => new BackOff(TimeProvider.System));
        services.TryAddSingleton(provider => new TokenCheck(provider.GetRequiredService<NamedTokens>(),
            provider.GetRequiredService<BackOff>(),
            provider.GetService<IOperatorControl>() is JournalControl journal ? journal.NoteWrongTokensAsync : null, TimeProvider.System,
            provider.GetRequiredService<ILogger<TokenCheck>>()));
    }
}
