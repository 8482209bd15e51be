using Amazon.Auth.AccessControlPolicy;

namespace MassTransit.AmazonSqsTransport;

/// <summary>The statement of a queue's policy that lets SNS send to it: one, with all topics in its condition.</summary>
internal static class QueuePolicy
{
    private const string SendMessage = "sqs:SendMessage";
    private const string Sns = "sns.amazonaws.com";

    internal static bool Allows(Policy policy, string queueArn, string topicArn)
    {
        var anyTopic = topicArn[..(topicArn.LastIndexOf(':') + 1)] + "*";
        return policy.Statements.Where(statement => statement.Resources.Any(resource => resource.Id == queueArn))
            .SelectMany(statement => statement.Conditions)
            .Any(condition => IsSourceArn(condition) && condition.Values.Any(value => value == topicArn || value == anyTopic));
    }

    internal static void Allow(Policy policy, string queueArn, string[] topicArns)
    {
        var statement = policy.Statements.FirstOrDefault(candidate => candidate.Effect == Statement.StatementEffect.Allow
            && candidate.Actions.Any(action => action.ActionName == SendMessage)
            && candidate.Resources.Any(resource => resource.Id == queueArn)
            && candidate.Principals.Any(principal => principal.Id == Sns));
        if (statement is null)
        {
            statement = new Statement(Statement.StatementEffect.Allow);
            statement.Actions.Add(new ActionIdentifier(SendMessage));
            statement.Resources.Add(new Resource(queueArn));
            statement.Principals.Add(new Principal("Service", Sns));
            policy.Statements.Add(statement);
        }
        var condition = statement.Conditions.FirstOrDefault(IsSourceArn);
        if (condition is null)
            statement.Conditions.Add(
                new Condition(nameof(ConditionFactory.ArnComparisonType.ArnLike), ConditionFactory.SOURCE_ARN_CONDITION_KEY, topicArns));
        else
            condition.Values = [.. condition.Values.Concat(topicArns).Distinct()];
    }

    private static bool IsSourceArn(Condition condition) =>
        condition.Type.Equals(nameof(ConditionFactory.ArnComparisonType.ArnLike), StringComparison.OrdinalIgnoreCase)
        && condition.ConditionKey.Equals(ConditionFactory.SOURCE_ARN_CONDITION_KEY, StringComparison.OrdinalIgnoreCase);
}
