using Microsoft.Extensions.DependencyInjection;

namespace Marten;

/// <summary>Registers a store and its sessions.</summary>
public static class MartenServiceCollectionExtensions
{
    /// <summary>Registers a store; the container disposes it.</summary>
    public static MartenConfigurationExpression AddMarten(this IServiceCollection services, Action<StoreOptions> configure)
    {
        var options = new StoreOptions();
        configure(options);
        return services.AddMarten(options);
    }

    /// <summary>Registers a store; the container disposes it.</summary>
    public static MartenConfigurationExpression AddMarten(this IServiceCollection services, StoreOptions options) =>
        services.AddMarten(_ => options);

    /// <summary>Registers a store whose settings come from the container; the container disposes it.</summary>
    public static MartenConfigurationExpression AddMarten(this IServiceCollection services, Func<IServiceProvider, StoreOptions> optionSource)
    {
        services.AddSingleton(optionSource);
        services.AddSingleton<IDocumentStore>(provider => DocumentStore.For(provider.GetRequiredService<StoreOptions>()));
        services.AddScoped(provider => provider.GetRequiredService<IDocumentStore>().LightweightSession());
        services.AddScoped(provider => provider.GetRequiredService<IDocumentStore>().QuerySession());
        return new();
    }

    /// <summary>How sessions are made.</summary>
    public class MartenConfigurationExpression
    {
        internal MartenConfigurationExpression() { }

        /// <summary>Sessions that keep no documents; there are no others here.</summary>
        public MartenConfigurationExpression UseLightweightSessions() => this;
    }
}
