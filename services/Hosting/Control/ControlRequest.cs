using System.Text.Json.Serialization;

namespace Trading.Hosting.Control;

/// <summary>What a caller sends with a command.</summary>
/// <param name="By">The operator.</param>
/// <param name="Reason">The reason.</param>
/// <param name="Order">The order to cancel.</param>
/// <param name="Symbol">For halt, reduce, resume and marks: one symbol; null for the account.</param>
/// <param name="ConfirmReal">For a resumption: allows the first real order.</param>
/// <param name="AcceptDifferences">For a resumption: accepts the differences to the exchange.</param>
/// <param name="Set">New limits by their names.</param>
/// <param name="Difference">For adopt: the key of a fill or an order.</param>
/// <param name="Quantity">For adopt, write-off and correct: units.</param>
/// <param name="Price">For adopt and write-off: what a unit cost or brought.</param>
/// <param name="AmountUsd">For deposit, withdraw, adopt and correct: cash.</param>
/// <param name="Highest">For marks: the highest price since the entry.</param>
/// <param name="Seen">What the caller saw: the code of the status, for limits the version in force.</param>
/// <param name="OnlyTighten">For reduce: what is halted stays halted.</param>
public sealed record ControlRequest(string? By, string? Reason, string? Order = null, string? Symbol = null, bool ConfirmReal = false,
    bool AcceptDifferences = false, Dictionary<string, string>? Set = null, string? Difference = null, decimal? Quantity = null,
    decimal? Price = null, decimal? AmountUsd = null, decimal? Highest = null, string? Seen = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool OnlyTighten = false);
