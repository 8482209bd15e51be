using Trading.Core;
using Trading.Hosting.Secrets;
using Trading.Hosting.Settings;
using Trading.Services.Exchanges;

namespace Trading.Cli.Setup;

/// <summary>What doctor looks at on a real exchange: whether it answers, its clock, and what the key may do.</summary>
internal static class DoctorExchange
{
    /// <summary>The findings; none on paper.</summary>
    public static async Task<IReadOnlyList<Finding>> LookAsync(TradingSettings settings, CancellationToken cancellation)
    {
        if (settings.Exchange == PaperFill.Exchange)
            return [];
        var name = $"exchange {settings.Exchange}";
        var clock = TimeProvider.System;
        var exchange = ExchangeChoice.Of(settings, SecretStores.Store(settings, clock), clock);
        using var owned = exchange as IDisposable;
        var sent = clock.GetUtcNow();
        var time = await exchange.ServerTimeAsync(cancellation);
        if (!time.IsDone)
            return [new(name, false, time.Reason ?? "no answer", "check the network, and the exchange's own status page")];
        // The answer was on its way for about half of the time.
        var offset = time.Value - (sent + (clock.GetUtcNow() - sent) / 2);
        return [new(name, true, "answers", null), Clock(name, offset, settings), .. await KeyAsync(exchange, settings, cancellation)];
    }

    /// <summary>Whether this machine's clock agrees with another one.</summary>
    /// <param name="other">Whose clock it is.</param>
    /// <param name="offset">How far that is ahead of this machine's.</param>
    /// <param name="settings">Hold how far clocks may differ.</param>
    public static Finding Clock(string other, TimeSpan offset, TradingSettings settings)
    {
        var seconds = Math.Abs(offset.TotalSeconds);
        return new("clock", seconds <= settings.MaxClockSkewSeconds,
            FormattableString.Invariant($"{seconds:0.0} s {(offset < TimeSpan.Zero ? "ahead of" : "behind")} {other}"),
            FormattableString.Invariant($"set the time of this machine (NTP): more than {settings.MaxClockSkewSeconds} s stop purchases"));
    }

    private static async Task<IReadOnlyList<Finding>> KeyAsync(
        IExchange exchange, TradingSettings settings, CancellationToken cancellation)
    {
        var secret = settings.ExchangeSecretName();
        try
        {
            await exchange.CheckKeyAsync(cancellation);
        }
        catch (Exception missing) when (missing is SecretException or ExchangeKeyException)
        {
            return [new("key", false, missing.Message, $"put apiKey and apiSecret into the secret {secret}: docs/exchanges.md, Keys")];
        }
        var rights = await exchange.KeyRightsAsync(cancellation);
        if (rights is { Kind: AnswerKind.Refused, Refusal: ExchangeRefusal.NotSupported })
        {
            var used = await exchange.BalancesAsync(cancellation);
            return [new("key", used.IsDone, used.IsDone ? "works" : used.Reason ?? "no answer", $"check the secret {secret}"),
                new("key: rights", true, $"not checked: {rights.Reason}", null)];
        }
        if (!rights.IsDone)
        {
            return [new("key", false, rights.Reason ?? "no answer",
                $"check the secret {secret}, and from which addresses the key may be used")];
        }
        var may = rights.Value;
        return
        [
            new("key: trade", may.Lacks is null, may.Lacks is null ? "may place orders" : "may not place orders", may.Lacks),
            .. may.MovesMoney is not { } moves ? Array.Empty<Finding>() :
                [new Finding("key: withdraw", !moves, moves ? "may withdraw or transfer money" : "may not move money",
                    "take that right away: this program never needs it, and a thief would")],
            .. may.BoundToAddress is not { } bound ? Array.Empty<Finding>() :
                [new Finding("key: address", bound, bound ? "works from listed addresses alone" : "works from every address",
                    "restrict the key to this machine's address")],
        ];
    }
}
