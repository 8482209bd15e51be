namespace Trading.Hosting.Settings;

/// <summary>What carries the messages.</summary>
public enum TransportKind
{
    /// <summary>Within this process; for AllInOne.</summary>
    InMemory,

    /// <summary>Amazon SNS and SQS, or anything that speaks their protocols.</summary>
    AmazonSqs,
}
