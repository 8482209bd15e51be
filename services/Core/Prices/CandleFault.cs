namespace Trading.Core;

/// <summary>Why a row is not a valid candle.</summary>
public enum CandleFault
{
    /// <summary>The row is a candle.</summary>
    None,

    /// <summary>Not six fields.</summary>
    FieldCount,

    /// <summary>The time is not a whole number of seconds from the year 2000 to 2100.</summary>
    Time,

    /// <summary>The open is not a number above 0.</summary>
    Open,

    /// <summary>The high is not a number above 0.</summary>
    High,

    /// <summary>The low is not a number above 0.</summary>
    Low,

    /// <summary>The close is not a number above 0.</summary>
    Close,

    /// <summary>The volume is not a number of at least 0.</summary>
    Volume,

    /// <summary>The open is below the low or above the high.</summary>
    OpenOutsideRange,

    /// <summary>The close is below the low or above the high.</summary>
    CloseOutsideRange,
}
