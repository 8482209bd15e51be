namespace MassTransit.AmazonSqsTransport;

/// <summary>
/// The address of a queue, <c>amazonsqs://region/scope/queue</c>, or of a topic, <c>amazonsqs://region/topic?type=topic</c>. Addresses
/// travel in envelopes, so their form is that of the official transport.
/// </summary>
internal readonly record struct SqsAddress(string Region, string Scope, string Name, bool IsTopic, bool IsTemporary)
{
    internal const string Scheme = "amazonsqs";
    internal const string NoScope = "/";

    /// <summary>Reads a full address, or one relative to the host: <c>queue:name</c>, <c>topic:name</c>.</summary>
    internal static SqsAddress Parse(Uri hostAddress, Uri address)
    {
        var (region, scope) = ParseHost(hostAddress);
        var options = address.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries);
        var isTemporary = options.Contains("temporary=true", StringComparer.OrdinalIgnoreCase)
            || options.Contains("autodelete=true", StringComparer.OrdinalIgnoreCase);
        switch (address.Scheme)
        {
            case Scheme:
                var path = address.AbsolutePath;
                var slash = path.LastIndexOf('/');
                return new SqsAddress(address.Host, slash > 0 ? Uri.UnescapeDataString(path[1..slash]) : NoScope,
                    Valid(Uri.UnescapeDataString(path[(slash + 1)..])),
                    options.Contains("type=topic", StringComparer.OrdinalIgnoreCase), isTemporary);
            case "queue":
                return new SqsAddress(region, scope, Valid(address.AbsolutePath), IsTopic: false, isTemporary);
            case "topic":
                return new SqsAddress(region, scope, Valid(scope == NoScope ? address.AbsolutePath : $"{scope}_{address.AbsolutePath}"),
                    IsTopic: true, isTemporary);
            default:
                throw new ArgumentException(
                    $"The address {address} has the scheme {address.Scheme}; this transport knows {Scheme}, queue and topic.",
                    nameof(address));
        }
    }

    internal static (string Region, string Scope) ParseHost(Uri hostAddress)
    {
        if (hostAddress.Scheme != Scheme)
            throw new ArgumentException($"The host address {hostAddress} has the scheme {hostAddress.Scheme}, not {Scheme}.",
                nameof(hostAddress));
        var scope = Uri.UnescapeDataString(hostAddress.AbsolutePath.Trim('/'));
        return (hostAddress.Host, scope.Length == 0 ? NoScope : scope);
    }

    internal static Uri HostAddress(string region, string scope) =>
        new UriBuilder { Scheme = Scheme, Host = region, Path = scope == NoScope ? "/" : "/" + Uri.EscapeDataString(scope) }.Uri;

    internal Uri ToUri()
    {
        List<string> options = [];
        if (IsTemporary)
            options.AddRange(["durable=false", "autodelete=true"]);
        if (IsTopic)
            options.Add("type=topic");
        return new UriBuilder
        {
            Scheme = Scheme,
            Host = Region,
            Path = Scope == NoScope || IsTopic ? $"/{Name}" : $"/{Scope}/{Name}",
            Query = string.Join('&', options),
        }.Uri;
    }

    internal static bool IsValidName(string name, int maxLength) =>
        name.Length > 0 && name.Length <= maxLength && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    private static string Valid(string name) => IsValidName(name, maxLength: 256)
        ? name
        : throw new AmazonSqsTransportConfigurationException(
            $"'{name}' is no name of a queue or topic: letters, digits, hyphens and underscores are allowed (no FIFO names).");
}
