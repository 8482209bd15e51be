using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Trading.Core;

namespace Trading.Hosting.Control;

/// <summary>
/// A short code of what an operator decides on, which the status shows and the command carries: what came after the status was read is not
/// accepted with it.
/// </summary>
public static class SeenCode
{
    private const int Digits = 8;

    /// <summary>
    /// The code of what a resumption would accept and confirm: the open differences to the exchange, a comparison that has not passed, and
    /// real trading that waits. Null when there is nothing of that.
    /// </summary>
    public static string? Of(Portfolio state)
    {
        if (state.External is not { } external
            || (external.Differences.IsEmpty && !external.Pending && external.Announced == external.Confirmed))
            return null;
        var seen = new StringBuilder();
        foreach (var (key, difference) in external.Differences)
            seen.Append(CultureInfo.InvariantCulture, $"{key} {difference.Expected:G29} {difference.Observed:G29}\n");
        seen.Append(CultureInfo.InvariantCulture, $"{external.Exchange} {external.Pending} {external.Announced}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(seen.ToString())))[..Digits];
    }

    /// <summary>Checks that a command was given by somebody who saw what is there now.</summary>
    /// <exception cref="ControlException">It was not, or says nothing about it though it must.</exception>
    public static void Check(OperatorCommand command, Portfolio state)
    {
        var must = command.AcceptDifferences || command.ConfirmReal;
        if (Of(state) is not { } now || (!must && command.Seen is null))
            return;
        if (command.Seen is null)
            throw new ControlException("accepting differences and confirming real trading need --seen with the code that status shows "
                + "beside what it lists", ControlProblem.Wrong);
        if (!string.Equals(command.Seen.Trim(), now, StringComparison.OrdinalIgnoreCase))
            throw new ControlException($"what status shows has changed since it showed {command.Seen.Trim()}: check it again",
                ControlProblem.Refused);
    }

    /// <summary>Checks that limits are changed by somebody who saw those in force.</summary>
    /// <param name="seen">The version that was seen; null when the caller says nothing about it.</param>
    /// <param name="inForce">The version in force.</param>
    /// <exception cref="ControlException">Another version is in force.</exception>
    public static void Check(int? seen, int inForce)
    {
        if (seen is { } version && version != inForce)
            throw new ControlException(string.Create(CultureInfo.InvariantCulture,
                $"limits version {version} was seen, and version {inForce} is in force: check it again"), ControlProblem.Refused);
    }
}
