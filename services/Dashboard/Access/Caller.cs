using Trading.Hosting.Settings;

namespace Trading.Dashboard.Access;

/// <summary>Who asks.</summary>
/// <param name="Token">The token's name and role.</param>
/// <param name="Csrf">What a page must send with a change; null for a caller with a token in the request.</param>
/// <param name="Nonce">The login; null likewise.</param>
/// <param name="Expires">When the login ends (UTC); null likewise.</param>
public sealed record Caller(NamedToken Token, string? Csrf = null, string? Nonce = null, DateTimeOffset? Expires = null)
{
    private const string Key = "trading-caller";

    /// <summary>The name that is recorded with commands.</summary>
    public string Name => Token.Name;

    /// <summary>The caller of a request that the gate let pass.</summary>
    public static Caller Of(HttpContext context) => (Caller)context.Items[Key]!;

    /// <summary>Notes the caller.</summary>
    public void Note(HttpContext context) => context.Items[Key] = this;
}
