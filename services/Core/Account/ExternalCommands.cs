namespace Trading.Core;

// Commands about the exchange of an account: ExternalState decides which events follow.

/// <summary>Note what the exchange takes in orders of a product.</summary>
public sealed record NoteProductRules(string Exchange, ProductFilters Product, DateTimeOffset At) : IAccountCommand;

/// <summary>Halt over what an exchange reported of an order.</summary>
public sealed record DoubtFill(ImplausibleFillFound Found) : IAccountCommand;

/// <summary>Note how far this machine's clock is ahead of the exchange's.</summary>
public sealed record NoteClock(string Exchange, decimal AheadSeconds, DateTimeOffset At) : IAccountCommand
{
    /// <summary>A clock that is further off is reported.</summary>
    public const decimal MostSeconds = 5;
}

/// <summary>Compare with an exchange before trading on it.</summary>
public sealed record BeginReconciliation(string Exchange, DateTimeOffset At) : IAccountCommand;

/// <summary>Record the result of a whole comparison; earlier findings that are not in it have ended, except fills.</summary>
/// <param name="Exchange">The exchange.</param>
/// <param name="Findings">All that differs now.</param>
/// <param name="At">When (UTC).</param>
/// <param name="Compared">What was compared: order, fill, balance; findings of the other kinds stay as they are.</param>
/// <param name="Explained">Open differences that something explains now, by key, with what; null for none.</param>
public sealed record Reconcile(
    string Exchange, IReadOnlyList<IExternalFinding> Findings, DateTimeOffset At, IReadOnlyList<string> Compared,
    IReadOnlyDictionary<string, string>? Explained = null) : IAccountCommand
{
    /// <summary>Everything that can be compared.</summary>
    public static IReadOnlyList<string> Everything { get; } = ["order", "fill", "balance"];

    /// <summary>The same, as if balances had not been compared.</summary>
    public Reconcile WithoutBalances() => this with
    {
        Findings = [.. Findings.Where(finding => finding is not ExternalBalanceFound)],
        Compared = [.. Compared.Where(kind => kind != "balance")],
    };
}

/// <summary>Accept the open differences.</summary>
public sealed record AcceptDifferences(string By, string Reason, DateTimeOffset At) : IAccountCommand;

/// <summary>Announce what would be traded with real money.</summary>
public sealed record AnnounceRealTrading(string Configuration, string Report, DateTimeOffset At) : IAccountCommand;

/// <summary>Allow the first real order of the configuration that was announced last.</summary>
public sealed record ConfirmRealTrading(string By, string Reason, DateTimeOffset At) : IAccountCommand;
