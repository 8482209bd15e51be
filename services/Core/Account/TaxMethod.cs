namespace Trading.Core;

/// <summary>Which units a sale uses.</summary>
public enum TaxMethod
{
    /// <summary>The ones bought first.</summary>
    Fifo,

    /// <summary>The dearest ones, fees included; of equally dear ones the first.</summary>
    Hifo,

    /// <summary>The ones bought last.</summary>
    Lifo,
}
