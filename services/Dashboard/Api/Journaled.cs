using System.Globalization;
using Trading.Dashboard.Answers;
using Trading.Dashboard.Reading;
using Trading.Hosting.Settings;

namespace Trading.Dashboard.Api;

/// <summary>What requests read: the view, when the journal has been read.</summary>
/// <param name="reading">The journal.</param>
/// <param name="health">The health of the system; null for a journal that is not its own.</param>
/// <param name="settings">The program's settings.</param>
public sealed class Journaled(JournalReading reading, Health? health, TradingSettings settings)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>The journal that a request asks about.</summary>
    public static async ValueTask<Journaled?> BindAsync(HttpContext context)
    {
        var (services, asked) = (context.RequestServices, await OpenJournals.AskedForAsync(context));
        return asked == services.GetRequiredService<JournalReading>() ? services.GetRequiredService<Journaled>()
            : new(asked, null, services.GetRequiredService<TradingSettings>());
    }

    /// <summary>Whether it is the program's own.</summary>
    public bool IsOwn => health is not null;

    /// <summary>Reads the view.</summary>
    /// <exception cref="ApiException">The journal is still being read.</exception>
    public async Task<T> ReadAsync<T>(Func<JournalView, T> read, CancellationToken cancellation)
    {
        if (!await reading.ReadyAsync(Patience, cancellation))
            throw new ApiException(Problems.Of(StatusCodes.Status503ServiceUnavailable, "reading-journal", reading.Trouble
                ?? string.Create(CultureInfo.InvariantCulture, $"the journal is being read: {reading.Progress * 100:0} %")));
        return reading.View.Read(read);
    }

    /// <summary>Waits a little until the view has what was appended before: who gave a command reads what it did.</summary>
    public Task SeenAsync(CancellationToken cancellation) => reading.SeenAsync(cancellation);

    /// <summary>Reads the view as far as it has been made.</summary>
    public T Peek<T>(Func<JournalView, T> read) => reading.View.Read(read);

    /// <summary>How everything stands.</summary>
    /// <exception cref="ApiException">The journal is still being read.</exception>
    public async Task<NowReport> NowAsync(CancellationToken cancellation)
    {
        await ReadAsync(_ => 0, cancellation);
        return NowReport.Of(reading.View, settings, health is null ? [] : await health.PartsAsync(cancellation), reading.Trouble);
    }
}
