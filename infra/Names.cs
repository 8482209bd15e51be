namespace Trading.Infra;

/// <summary>
/// Every name that something outside of the stacks uses: the application's settings, the overlays of Kubernetes, an operator. They are
/// chosen and not generated, so that an ARN can be written before its resource exists and no stack waits for another only to learn a name.
/// </summary>
/// <param name="Deployment">What is deployed.</param>
/// <param name="Account">The account's number; a placeholder that CloudFormation fills where it is not known.</param>
public sealed record Names(Deployment Deployment, string Account)
{
    /// <summary>Kubernetes' namespace of the services.</summary>
    public const string Namespace = "trading";

    private string Stage => Deployment.Stage.Name;

    private string Scope => Deployment.Scope;

    private bool IsDefaultScope => Scope == Deployment.DefaultScope;

    /// <summary>What stacks, roles, keys, buckets and the cluster begin with.</summary>
    public string System => $"{Scope}-{Stage}";

    public string Cluster => System;

    public string Database => $"{System}-journal";

    public string RawBucket => $"{System}-raw-prices-{Account}-{Deployment.Region}";

    public string AnchorBucket => $"{System}-anchors-{Account}-{Deployment.Region}";

    public string AccessLogBucket => $"{System}-access-logs-{Account}-{Deployment.Region}";

    /// <summary>
    /// Tables are named as the application's settings name them by default; another scope in the same account needs other names.
    /// </summary>
    public string PriceTable => Table("BitcoinPriceTable");

    public string TradeTable => Table("TradeHistory");

    public string TimestreamDatabase => Table("bitcoin-prices");

    public const string TimestreamTable = "price-history";

    public string ModelEndpoint => Table("bitcoin-price-predictor");

    /// <summary>The topic of alerts about trades to people: what AlertTopic is by default.</summary>
    public string TradeAlerts => $"{Scope}-trade-alerts";

    /// <summary>The topic of alarms and costs, for operators.</summary>
    public string Alarms => $"{Scope}-alarms";

    public string ExchangeSecret => Secret(Deployment.Exchange);

    public string SealKeySecret => Secret("seal-key");

    /// <summary>The keys that messages are signed with.</summary>
    public string MessageKeySecret => Secret("message-key");

    /// <summary>The token of /control; those of people begin so too (ControlTokens).</summary>
    public string ControlTokenSecret => Secret("control-token");

    public string HttpModelKeySecret => Secret("http-model-key");

    /// <summary>Secrets of webhooks begin so.</summary>
    public string AlertWebhookSecret => Secret("alert-webhook");

    /// <summary>The database user of the services.</summary>
    public string JournalSecret => Secret("journal");

    /// <summary>The owner of the database, for migrations and for changing the other's password.</summary>
    public string JournalOwnerSecret => Secret("journal-owner");

    public string ServiceLogs => $"/{Scope}/{Stage}/services";

    public string MetricLogs => $"/{Scope}/{Stage}/metrics";

    public string FlowLogs => $"/{Scope}/{Stage}/rejected-connections";

    public string ClusterLogs => $"/aws/eks/{Cluster}/cluster";

    public string DatabaseLogs => $"/aws/rds/cluster/{Database}/postgresql";

    /// <summary>Namespace of the application's metrics in CloudWatch.</summary>
    public string MetricNamespace => $"Trading/{Stage}";

    public string Role(string account) => $"{System}-{account}";

    public string RoleArn(string account) => $"arn:aws:iam::{Account}:role/{Role(account)}";

    public string QueueArn(string name) => Arn("sqs", name);

    public string TopicArn(string name) => Arn("sns", name);

    public string TableArn(string name) => Arn("dynamodb", $"table/{name}");

    public string LogGroupArn(string name) => Arn("logs", $"log-group:{name}");

    public string ClusterArn => Arn("eks", $"cluster/{Cluster}");

    public string ModelEndpointArn => Arn("sagemaker", $"endpoint/{ModelEndpoint}");

    /// <summary>A secret's ARN ends in six characters that nobody chooses.</summary>
    public string SecretArn(string name) => Arn("secretsmanager", $"secret:{name}-??????");

    public string Arn(string service, string resource) => $"arn:aws:{service}:{Deployment.Region}:{Account}:{resource}";

    private string Secret(string name) => $"{Scope}/{name}";

    private string Table(string name) => IsDefaultScope ? name : $"{Scope}-{name}";
}
