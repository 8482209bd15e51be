using Trading.Core;

namespace Trading.MarketData;

/// <summary>Why rows are dropped, in the words in which they are counted.</summary>
internal static class DroppedRows
{
    public const string CutOff = "cut off", TooManyFields = "with too many fields", NoInstant = "without a known instant",
        NoPrice = "without a price", NoNumber = "with something that is no number",
        NotWithinRange = "whose open or close lies beyond its high or low", Doubled = "doubled",
        TakerNotWithinVolume = "whose volume bought by takers is below 0 or above its volume",
        NoMaker = "whose mark of a buyer that was the maker is neither true nor false";

    /// <summary>The reason of a row of the house's own format.</summary>
    public static string Of(CandleFault fault, bool tooFewFields) => fault switch
    {
        CandleFault.FieldCount => tooFewFields ? CutOff : TooManyFields,
        CandleFault.Time => NoInstant,
        CandleFault.OpenOutsideRange or CandleFault.CloseOutsideRange => NotWithinRange,
        _ => NoNumber,
    };
}
