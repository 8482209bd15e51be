namespace Trading.Hosting.Settings;

/// <summary>
/// Addresses that programs ask: https, so that what is sent and answered is neither read nor changed on the way; http to this machine and
/// to the hosts that the settings name.
/// </summary>
public static class WebAddress
{
    /// <summary>What an address must be, for errors.</summary>
    public const string Wanted =
        "https://..., or http:// to this machine or to a host of Trading:" + nameof(TradingSettings.PlainHttpHosts);

    /// <summary>Whether an address may be asked.</summary>
    /// <param name="address">The address; null may, for it stands for none.</param>
    /// <param name="plainHosts">Hosts that may be asked by http.</param>
    public static bool MayAsk(string? address, IReadOnlyList<string> plainHosts) => address is null
        || (Uri.TryCreate(address, UriKind.Absolute, out var url) && MayAsk(url, plainHosts));

    /// <inheritdoc cref="MayAsk(string?, IReadOnlyList{string})"/>
    public static bool MayAsk(Uri address, IReadOnlyList<string> plainHosts) => address.Scheme == Uri.UriSchemeHttps
        || (address.Scheme == Uri.UriSchemeHttp
            && (address.IsLoopback || plainHosts.Contains(address.Host, StringComparer.OrdinalIgnoreCase)));
}
