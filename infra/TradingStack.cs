using Amazon.CDK;
using Amazon.CDK.AWS.IAM;
using Amazon.CDK.AWS.KMS;
using Amazon.CDK.AWS.Logs;
using Constructs;

namespace Trading.Infra;

/// <summary>What all stacks of the system share.</summary>
public abstract class TradingStack : Stack
{
    /// <summary>Makes a stack.</summary>
    /// <param name="scope">The app.</param>
    /// <param name="name">Its short name.</param>
    /// <param name="description">What is in it.</param>
    /// <param name="deployment">What is deployed.</param>
    protected TradingStack(Construct scope, string name, string description, Deployment deployment)
        : base(scope, $"{deployment.Scope}-{deployment.Stage.Name}-{name}", new StackProps
        {
            Description = description,
            Env = new Amazon.CDK.Environment { Account = deployment.Account, Region = deployment.Region },
            TerminationProtection = deployment.Stage.Protected,
            AnalyticsReporting = false,
            Tags = new Dictionary<string, string> { ["system"] = deployment.Scope, ["stage"] = deployment.Stage.Name },
        })
    {
        Deployment = deployment;
        Names = new(deployment, deployment.Account ?? Aws.ACCOUNT_ID);
    }

    /// <summary>What is deployed.</summary>
    public Deployment Deployment { get; }

    /// <summary>Its names.</summary>
    public Names Names { get; }

    /// <summary>How large and how well protected it is.</summary>
    protected Stage Stage => Deployment.Stage;

    /// <summary>What becomes of something that holds data when its stack goes.</summary>
    public RemovalPolicy Keep => Stage.Protected ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;

    /// <summary>Says a value to the person who deploys the services.</summary>
    public void Output(string name, string value, string description) =>
        _ = new CfnOutput(this, name, new CfnOutputProps { Value = value, Description = description });

    /// <summary>A key that is changed every year by itself. Who of the account may use it is for IAM to say.</summary>
    /// <param name="name">What it is for.</param>
    /// <param name="services">AWS services that use it on their own behalf, and when.</param>
    protected Key NewKey(string name, params (string Service, Fields? When)[] services)
    {
        var key = new Key(this, "Key", new KeyProps
        {
            Alias = $"alias/{Names.System}-{name}", Description = $"{Names.System}: {name}", EnableKeyRotation = true, RemovalPolicy = Keep,
            PendingWindow = Stage.Protected ? Duration.Days(30) : Duration.Days(7),
        });
        foreach (var (service, when) in services)
        {
            key.AddToResourcePolicy(new PolicyStatement(new PolicyStatementProps
            {
                Principals = [new ServicePrincipal(service)],
                Actions = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
                Resources = ["*"], Conditions = when,
            }));
        }
        return key;
    }

    /// <summary>CloudWatch Logs, for log groups of this account.</summary>
    protected (string, Fields?) LogService => ($"logs.{Deployment.Region}.amazonaws.com",
        Access.When("ArnLike", "kms:EncryptionContext:aws:logs:arn", Names.LogGroupArn("*")));

    /// <summary>A log group that keeps what it gets for as long as the stage says, encrypted.</summary>
    protected LogGroup NewLogs(string id, string name, IKey key) => new(this, id, new LogGroupProps
    {
        LogGroupName = name, EncryptionKey = key,
        Retention = Stage.LogDays switch { 30 => RetentionDays.ONE_MONTH, _ => RetentionDays.ONE_YEAR }, RemovalPolicy = Keep,
    });
}
