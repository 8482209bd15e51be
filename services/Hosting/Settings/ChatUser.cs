using System.Globalization;

namespace Trading.Hosting.Settings;

/// <summary>A person who may use the chat.</summary>
/// <param name="Name">Who it is; recorded with each command.</param>
/// <param name="Role">What that person may do.</param>
/// <param name="Id">The number of the account in the chat.</param>
public sealed record ChatUser(string Name, TokenRole Role, long Id)
{
    /// <summary>Reads name=role:id; null when it is not of that form.</summary>
    public static ChatUser? Parse(string text) =>
        NamedToken.Parse(text) is { } known
        && long.TryParse(known.Secret, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var id)
            ? new(known.Name, known.Role, id) : null;
}
