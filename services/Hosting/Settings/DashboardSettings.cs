namespace Trading.Hosting.Settings;

// Settings: the dashboard, its API and the chat.
public sealed partial record TradingSettings
{
    /// <summary>Whether the program serves the dashboard and its API.</summary>
    public bool Dashboard { get; init; }

    /// <summary>
    /// Names under which browsers reach the dashboard, besides those of this machine, for example trading.example.com; requests for other
    /// names are refused.
    /// </summary>
    public IReadOnlyList<string> DashboardHosts { get; init; } = [];

    /// <summary>
    /// Folder in which the dashboard keeps what it has made of the journal, so that a start does not read all of it again; beside a private
    /// journal when empty, and nowhere for one of a server.
    /// </summary>
    public string? DashboardFolder { get; init; }

    /// <summary>Hours until a login ends.</summary>
    public int DashboardSessionHours { get; init; } = 12;

    /// <summary>Most requests a second of one login or token; twice as many may come at once.</summary>
    public int DashboardRequestsPerSecond { get; init; } = 50;

    /// <summary>
    /// The service that carries out commands, for example https://risk-manager:8443, with Trading:ControlTokenSecret; empty where the
    /// program itself may write to the journal.
    /// </summary>
    public string? DashboardControlUrl { get; init; }

    /// <summary>The services whose health is shown, each as name=address, for example executor=https://executor:8443.</summary>
    public IReadOnlyList<string> DashboardServices { get; init; } = [];

    /// <summary>Name of the secret with the token of a Telegram bot that answers commands; no chat when empty.</summary>
    public string? TelegramTokenSecret { get; init; }

    /// <summary>
    /// Who may use the chat, each as name=role:id with the number of the person's Telegram account; others get no answer.
    /// </summary>
    public IReadOnlyList<string> TelegramUsers { get; init; } = [];

    /// <summary>Another server that speaks Telegram's Bot API; Telegram's own when empty.</summary>
    public string? TelegramUrl { get; init; }

    private void CheckDashboard(SettingViolations violations)
    {
        violations.Must(DashboardHosts.All(host => Uri.CheckHostName(host) != UriHostNameType.Unknown), nameof(DashboardHosts),
            "host names without port", string.Join(',', DashboardHosts));
        violations.Must(DashboardSessionHours is >= 1 and <= 720, nameof(DashboardSessionHours), "1 to 720", DashboardSessionHours);
        violations.Must(DashboardRequestsPerSecond is >= 1 and <= 10_000, nameof(DashboardRequestsPerSecond), "1 to 10000",
            DashboardRequestsPerSecond);
        MustAsk(violations, nameof(DashboardControlUrl), DashboardControlUrl);
        violations.Must(DashboardControlUrl is null || ControlTokenSecret is not null, nameof(DashboardControlUrl),
            "empty without Trading:ControlTokenSecret", DashboardControlUrl);
        violations.Must(DashboardServices.All(service => service.Split('=', 2) is [{ Length: > 0 }, var address]
            && WebAddress.MayAsk(address, PlainHttpHosts)), nameof(DashboardServices),
            $"name=address, for example executor=https://executor:8443, the address {WebAddress.Wanted}",
            string.Join(',', DashboardServices));
        violations.Must(TelegramTokenSecret is null || SecretName.IsValid(TelegramTokenSecret), nameof(TelegramTokenSecret),
            "the name of a secret", TelegramTokenSecret);
        MustAsk(violations, nameof(TelegramUrl), TelegramUrl);
        violations.Must(TelegramTokenSecret is null == (TelegramUsers.Count == 0), nameof(TelegramUsers),
            "given with Trading:TelegramTokenSecret and only then", string.Join(',', TelegramUsers));
        violations.Must(TelegramUsers.All(user => ChatUser.Parse(user) is not null), nameof(TelegramUsers),
            "name=role:id, the role viewer, auditor, halter or operator, the id a number", string.Join(',', TelegramUsers));
    }
}
