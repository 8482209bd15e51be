namespace Trading.Hosting;

// Settings: the operator's control over HTTP.
public sealed partial record TradingSettings
{
    /// <summary>Name of the secret that callers of /control must show; control over HTTP is off when empty.</summary>
    public string? ControlTokenSecret { get; init; }

    /// <summary>Whether /control answers callers from other machines too, not those of this machine alone.</summary>
    public bool ControlFromAnywhere { get; init; }

    private void CheckControl(SettingViolations violations)
    {
        violations.Must(ControlTokenSecret is null || Hosting.Secrets.IsName(ControlTokenSecret), nameof(ControlTokenSecret), "the name of a secret", ControlTokenSecret);
        violations.Must(!ControlFromAnywhere || ControlTokenSecret is not null, nameof(ControlFromAnywhere), "false without Trading:ControlTokenSecret", ControlFromAnywhere);
    }
}
