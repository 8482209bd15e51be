using Trading.Hosting.Settings;
using Trading.Journal.Tables;

namespace Trading.Services.Models;

/// <summary>
/// Makes a model. A new model is one new file here, with its maker, and one line in <see cref="ModelKind.All"/>.
/// </summary>
internal interface IModelMaker : INamed
{
    /// <summary>Makes the model.</summary>
    IForecaster Create(ModelParts parts);
}

/// <summary>What models are made of.</summary>
/// <param name="Name">Name of the model.</param>
/// <param name="Settings">The settings.</param>
/// <param name="Services">The services of the program.</param>
internal sealed record ModelParts(string Name, TradingSettings Settings, IServiceProvider Services)
{
    /// <summary>Checks of what a model outside of the process answers.</summary>
    public ForecastChecks Checks { get; } = new(Settings.ModelMaxMovePercent, Settings.ModelDeadBandPercent);

    /// <summary>Calls a model outside of the process, within its budget.</summary>
    public RemoteModel Remote() => new(Name, new(Settings.ModelCallsPerDay, Settings.ModelTokensPerDay),
        Services.GetRequiredService<ModelSpending>(), Services.GetRequiredService<TimeProvider>());
}
