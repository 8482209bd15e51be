using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Trading.Dashboard.Answers;
using Trading.Hosting.Control;
using Trading.Hosting.Secrets;
using Trading.Hosting.Settings;

namespace Trading.Dashboard.Access;

/// <summary>
/// Commands of people, handed on to what may carry them out: the program itself, or a service over HTTP. The dashboard decides nothing. A
/// command that is sent again with the same key is not given again but answered as before.
/// </summary>
public sealed class Commands(IServiceProvider services, TradingSettings settings, ISecretStore secrets, TimeProvider clock)
{
    /// <summary>Most characters of a key.</summary>
    public const int LongestKey = 128;

    private const int MostKeys = 10_000;
    private static readonly TimeSpan Kept = TimeSpan.FromHours(24);
    private readonly ConcurrentDictionary<string, (string Body, DateTimeOffset At, Lazy<Task<object>> Result)> _keys = new();

    /// <summary>Carries out a command.</summary>
    /// <param name="who">Who gives it, for example dashboard:alice; recorded with it.</param>
    /// <param name="command">The command; its name of the operator is replaced.</param>
    /// <param name="key">The caller's key of it; null for none.</param>
    /// <exception cref="ControlException">It was not carried out.</exception>
    public Task<ControlDone> ActAsync(string who, OperatorCommand command, string? key) =>
        OnceAsync(who, key, command, control => control.ActAsync(command with { By = who }, CancellationToken.None));

    /// <summary>Sets limits.</summary>
    /// <param name="who">Who sets them.</param>
    /// <param name="reason">Why.</param>
    /// <param name="values">New limits by their names.</param>
    /// <param name="seen">The version in force that the caller saw; null for whichever.</param>
    /// <param name="key">The caller's key of it; null for none.</param>
    /// <exception cref="ControlException">They were not set.</exception>
    public Task<LimitsChanged> SetLimitsAsync(
        string who, string reason, IReadOnlyDictionary<string, string> values, int? seen, string? key) =>
        OnceAsync(who, key, (reason, seen, string.Join(';', values.OrderBy(value => value.Key, StringComparer.Ordinal))),
            control => control.SetLimitsAsync(who, reason, values, seen, CancellationToken.None));

    /// <summary>The account as commands see it.</summary>
    /// <exception cref="ControlException">There is no such account, or nothing that commands could go to.</exception>
    public Task<ControlStatus> StatusAsync(CancellationToken cancellation) =>
        WithControlAsync(control => control.StatusAsync(cancellation));

    private async Task<T> OnceAsync<T>(string who, string? key, object said, Func<IOperatorControl, Task<T>> act)
        where T : notnull
    {
        if (key is null)
            return await WithControlAsync(act);
        if (key.Length is 0 or > LongestKey)
            throw Problems.Wrong("Idempotency-Key", $"1 to {LongestKey} characters", $"{key.Length} characters");
        Forget();
        var body = Convert.ToHexString(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes($"{typeof(T).Name} {said}")));
        var entry = _keys.GetOrAdd($"{who}~{key}", _ => (body, clock.GetUtcNow(), new(async () => await WithControlAsync(act))));
        if (entry.Body != body)
            throw new ApiException(Problems.Of(StatusCodes.Status422UnprocessableEntity, "key-used",
                "this Idempotency-Key was used for another command"));
        try
        {
            return (T)await entry.Result.Value;
        }
        catch
        {
            // What was not done may be tried again with the same key: the reason may have gone.
            _keys.TryRemove(new($"{who}~{key}", entry));
            throw;
        }
    }

    private void Forget()
    {
        var now = clock.GetUtcNow();
        foreach (var (known, entry) in _keys)
        {
            if (now - entry.At > Kept)
                _keys.TryRemove(known, out _);
        }
        if (_keys.Count >= MostKeys)
            throw new ApiException(Problems.Of(StatusCodes.Status429TooManyRequests, "too-many-keys",
                $"{MostKeys} commands with a key of their own were given in a day"));
    }

    /// <summary>Whether there is something that carries commands out.</summary>
    public bool CanAct => settings.DashboardControlUrl is not null || services.GetService<IOperatorControl>() is not null;

    private async Task<T> WithControlAsync<T>(Func<IOperatorControl, Task<T>> act)
    {
        if (settings.DashboardControlUrl is { } url)
        {
            using var service = new HttpControl(new(url),
                (await secrets.GetAsync(settings.ControlTokenSecret!, CancellationToken.None)).Trim());
            return await act(service);
        }
        return await act(services.GetService<IOperatorControl>() ?? throw new ControlException(
            "this dashboard cannot carry out commands: Trading:DashboardControlUrl names no service", ControlProblem.Refused));
    }
}
