using Amazon.Runtime;

namespace Amazon.TimestreamWrite;

// The names are those of the official package.
#pragma warning disable CA1720

/// <summary>Types of measure values.</summary>
public class MeasureValueType : ConstantClass
{
    public static readonly MeasureValueType BIGINT = new("BIGINT");
    public static readonly MeasureValueType BOOLEAN = new("BOOLEAN");
    public static readonly MeasureValueType DOUBLE = new("DOUBLE");
    public static readonly MeasureValueType MULTI = new("MULTI");
    public static readonly MeasureValueType TIMESTAMP = new("TIMESTAMP");
    public static readonly MeasureValueType VARCHAR = new("VARCHAR");

    public MeasureValueType(string value) : base(value)
    {
    }

    public static MeasureValueType FindValue(string value) => FindValue<MeasureValueType>(value);

    public static implicit operator MeasureValueType(string value) => FindValue(value);
}

/// <summary>Units of a record's time.</summary>
public class TimeUnit : ConstantClass
{
    public static readonly TimeUnit MICROSECONDS = new("MICROSECONDS");
    public static readonly TimeUnit MILLISECONDS = new("MILLISECONDS");
    public static readonly TimeUnit NANOSECONDS = new("NANOSECONDS");
    public static readonly TimeUnit SECONDS = new("SECONDS");

    public TimeUnit(string value) : base(value)
    {
    }

    public static TimeUnit FindValue(string value) => FindValue<TimeUnit>(value);

    public static implicit operator TimeUnit(string value) => FindValue(value);
}
