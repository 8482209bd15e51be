namespace Trading.Hosting.Settings;

// Settings: the operator's control over HTTP.
public sealed partial record TradingSettings
{
    /// <summary>Name of the secret that callers of /control must show; control over HTTP is off when empty.</summary>
    public string? ControlTokenSecret { get; init; }

    /// <summary>Whether /control answers callers from other machines too, over https, not those of this machine alone.</summary>
    public bool ControlFromAnywhere { get; init; }

    /// <summary>
    /// Whether /control answers other machines over http too: where something before it ends the encryption, or the network is encrypted.
    /// </summary>
    public bool ControlWithoutTls { get; init; }

    /// <summary>
    /// More tokens for /control and the dashboard, each as name=role:secret: the name is recorded with each command, the role is viewer,
    /// auditor, halter or operator, the secret is the name of the secret with its value.
    /// </summary>
    public IReadOnlyList<string> ControlTokens { get; init; } = [];

    private void CheckControl(SettingViolations violations)
    {
        violations.Must(ControlTokenSecret is null || SecretName.IsValid(ControlTokenSecret), nameof(ControlTokenSecret),
            "the name of a secret", ControlTokenSecret);
        var tokens = ControlTokens.Select(NamedToken.Parse).ToList();
        violations.Must(!tokens.Contains(null), nameof(ControlTokens),
            "name=role:secret, the role viewer, auditor, halter or operator", string.Join(',', ControlTokens));
        violations.Must(tokens.OfType<NamedToken>().All(token => token.Name != NamedToken.Unnamed)
            && tokens.OfType<NamedToken>().DistinctBy(token => token.Name).Count() == tokens.Count, nameof(ControlTokens),
            $"tokens of different names, none of them {NamedToken.Unnamed}", string.Join(',', ControlTokens));
        violations.Must(!ControlFromAnywhere || ControlTokenSecret is not null || ControlTokens.Count > 0, nameof(ControlFromAnywhere),
            "false without Trading:ControlTokenSecret or Trading:ControlTokens", ControlFromAnywhere);
        violations.Must(!ControlFromAnywhere || HttpCertificateFile is not null || ControlWithoutTls, nameof(ControlFromAnywhere),
            "false without Trading:HttpCertificateFile, or Trading:ControlWithoutTls=true", ControlFromAnywhere);
    }
}
