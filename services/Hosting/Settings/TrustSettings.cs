namespace Trading.Hosting.Settings;

// Settings: what is believed of messages and clocks.
public sealed partial record TradingSettings
{
    /// <summary>
    /// Name of the secret with the keys that messages are signed with, one on each line as id:base64; the first signs, all verify. Messages
    /// without a valid signature are refused. The profile prod needs it with Transport=amazon-sqs; none are signed when empty.
    /// </summary>
    public string? MessageKeySecret { get; init; }

    /// <summary>
    /// Seconds that the clocks of the services and of the database may differ. Beyond that the account only reduces until an operator
    /// resumes; exits go on.
    /// </summary>
    public int MaxClockSkewSeconds { get; init; } = 5;

    /// <summary>
    /// A price of fewer than two sources further than this from the last stored one is neither marked nor traded on, in percent; 0 for no
    /// limit.
    /// </summary>
    public decimal MaxPriceJumpPercent { get; init; } = 20;

    /// <summary>
    /// Name of the secret with an address that is called every minute while the program is ready and no work of it fails, so that somebody
    /// outside notices when it is not; none when empty.
    /// </summary>
    public string? HeartbeatSecret { get; init; }

    /// <summary>
    /// Hosts that programs may ask by http, without encryption, besides this machine: those of a network that nobody else is in, such as
    /// the containers of one compose file. Every other address must be https.
    /// </summary>
    public IReadOnlyList<string> PlainHttpHosts { get; init; } = [];

    private void CheckTrust(SettingViolations violations)
    {
        violations.Must(MessageKeySecret is null || SecretName.IsValid(MessageKeySecret), nameof(MessageKeySecret),
            "the name of a secret", MessageKeySecret);
        violations.Must(Profile != "prod" || Transport == TransportKind.InMemory || MessageKeySecret is not null, nameof(MessageKeySecret),
            "the name of a secret with profile prod and Trading:Transport=amazon-sqs", MessageKeySecret);
        violations.Must(HeartbeatSecret is null || SecretName.IsValid(HeartbeatSecret), nameof(HeartbeatSecret),
            "the name of a secret", HeartbeatSecret);
        violations.Must(PlainHttpHosts.All(host => Uri.CheckHostName(host) != UriHostNameType.Unknown), nameof(PlainHttpHosts),
            "host names without port", string.Join(',', PlainHttpHosts));
        violations.Must(MaxClockSkewSeconds is >= 1 and <= 10, nameof(MaxClockSkewSeconds), "1 to 10", MaxClockSkewSeconds);
        violations.Must(MaxPriceJumpPercent is >= 0 and <= 1000, nameof(MaxPriceJumpPercent), "0 to 1000", MaxPriceJumpPercent);
    }

    private void MustAsk(SettingViolations violations, string name, string? address) =>
        violations.Must(WebAddress.MayAsk(address, PlainHttpHosts), name, WebAddress.Wanted, address);
}
