namespace Trading.Services;

/// <summary>What one step of an execution came to.</summary>
public enum Step
{
    /// <summary>The trade has new events, from this process or another: read it again at once.</summary>
    MovedOn,

    /// <summary>Nothing changed: wait before the next step.</summary>
    Waits,
}
