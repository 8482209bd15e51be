namespace MassTransit;

/// <summary>SNS or SQS refused what the transport asked.</summary>
public class AmazonSqsTransportException(string message, Exception? innerException = null) : MassTransitException(message, innerException);

/// <summary>The transport is configured with something that SNS, SQS or this transport does not allow.</summary>
public class AmazonSqsTransportConfigurationException(string message) : AmazonSqsTransportException(message);

/// <summary>SNS or SQS cannot be reached, or lacks what the endpoint needs; the transport keeps trying.</summary>
public class AmazonSqsConnectionException(string message, Exception? innerException = null)
    : ConnectionException(message, innerException!, isTransient: true);
