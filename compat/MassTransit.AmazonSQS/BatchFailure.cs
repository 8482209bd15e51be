namespace MassTransit.AmazonSqsTransport;

internal readonly record struct BatchFailure(int Position, string Code, string Message);
