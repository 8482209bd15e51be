using Amazon.CDK;
using Amazon.CDK.AWS.EC2;
using Amazon.CDK.AWS.KMS;
using Amazon.CDK.AWS.RDS;
using Amazon.CDK.AWS.S3;
using Amazon.CDK.AWS.SecretsManager;
using Constructs;

namespace Trading.Infra;

/// <summary>
/// The journal's database. Aurora confirms a commit when four of six copies in three zones have it: that is synchronous, whatever the
/// number of instances, and a failover loses no event that was confirmed. What the application needs of that is that nobody turns
/// <c>synchronous_commit</c> off, so that the parameter group says it.
/// </summary>
public sealed class JournalStack : TradingStack
{
    // Passwords stand in connection strings and in URLs.
    private const string NotInPasswords = " %+~`#$&*()|[]{}:;<>?!'/@\"\\=,^_-.";
    private const string OwnerUser = "trading_owner";

    /// <summary>User of the services; the migration makes it, with rights on data and not on tables.</summary>
    public const string ServiceUser = "trading_app";

    /// <summary>Name of the database.</summary>
    public const string DatabaseName = "trading";

    private readonly NetworkStack _network;

    /// <summary>Makes database, its secrets, and the bucket of anchors.</summary>
    public JournalStack(Construct scope, Deployment deployment, NetworkStack network, ClusterStack cluster)
        : base(scope, "journal", "Aurora PostgreSQL of the journal, its secrets with rotation, bucket of anchors under Object Lock",
            deployment)
    {
        _network = network;
        Key = NewKey("journal");
        var database = Database(cluster);
        Secrets(database);
        Anchors();

        Output("DatabaseEndpoint", database.ClusterEndpoint.Hostname, "Host of JournalConnection: the writer");
        Output("DatabaseReadEndpoint", database.ClusterReadEndpoint.Hostname, "A reader, for reports");
        Output("DatabaseName", DatabaseName, "Database of JournalConnection");
        Output("JournalSecret", Names.JournalSecret,
            "Secret with user and password of the services (JSON: host, port, dbname, username, password)");
        Output("JournalOwnerSecret", Names.JournalOwnerSecret, "The same of the owner, for the migration alone");
        Output("AnchorBucket", Names.AnchorBucket, "Value of the setting AnchorBucket");
        Output("AnchorLockDays", $"{Stage.AnchorLockDays}", "Value of the setting AnchorRetentionDays");
        Output("AnchorLockMode", Stage.AnchorLockMode.ToLowerInvariant(), "Value of the setting AnchorRetentionMode");
    }

    /// <summary>Encrypts the database and the secrets of its users.</summary>
    public Key Key { get; }

    private DatabaseCluster Database(ClusterStack cluster)
    {
        var logs = NewLogs("DatabaseLogs", Names.DatabaseLogs, _network.LogKey);
        var group = new SecurityGroup(this, "DatabaseAccess", new SecurityGroupProps
        {
            Vpc = _network.Vpc, Description = "PostgreSQL "
            + "from pods and from the rotation", AllowAllOutbound = false
        });
        group.AddIngressRule(Peer.SecurityGroupId(cluster.SecurityGroupId), Port.Tcp(5432), "Pods");
        var engine = DatabaseClusterEngine.AuroraPostgres(new AuroraPostgresClusterEngineProps
        {
            Version = AuroraPostgresEngineVersion.Of(Deployment.PostgresVersion, Deployment.PostgresVersion.Split('.')[0]),
        });
        var database = new DatabaseCluster(this, "Database", new DatabaseClusterProps
        {
            ClusterIdentifier = Names.Database,
            Engine = engine,
            DefaultDatabaseName = DatabaseName,
            Credentials = Credentials.FromGeneratedSecret(OwnerUser, new CredentialsBaseOptions
            {
                SecretName = Names.JournalOwnerSecret, EncryptionKey = Key, ExcludeCharacters = NotInPasswords,
            }),
            Writer = Instance("Writer"),
            Readers = [.. Enumerable.Range(1, Stage.DatabaseReaders).Select(number => Instance($"Reader{number}", scaleWithWriter: true))],
            ServerlessV2MinCapacity = Stage.MinCapacity,
            ServerlessV2MaxCapacity = Stage.MaxCapacity,
            Vpc = _network.Vpc,
            VpcSubnets = NetworkStack.Data,
            SecurityGroups = [group],
            ParameterGroup = Parameters(engine),
            StorageEncrypted = true,
            StorageEncryptionKey = Key,
            IamAuthentication = true,
            Backup = new BackupProps { Retention = Duration.Days(Stage.BackupDays), PreferredWindow = "02:00-03:00" },
            PreferredMaintenanceWindow = "sun:04:00-sun:05:00",
            CopyTagsToSnapshot = true,
            CloudwatchLogsExports = ["postgresql"],
            MonitoringInterval = Duration.Seconds(60),
            DeletionProtection = Stage.Protected,
            RemovalPolicy = Stage.Protected ? RemovalPolicy.RETAIN : RemovalPolicy.SNAPSHOT,
        });
        // Made first, or RDS makes one of its own that keeps everything for ever.
        database.Node.AddDependency(logs);
        return database;
    }

    private IClusterInstance Instance(string id, bool scaleWithWriter = false) =>
        ClusterInstance.ServerlessV2(id, new ServerlessV2ClusterInstanceProps
        {
            InstanceIdentifier = $"{Names.Database}-{id.ToLowerInvariant()}", PubliclyAccessible = false, AutoMinorVersionUpgrade = true,
            ScaleWithWriter = scaleWithWriter,
            EnablePerformanceInsights = true, PerformanceInsightEncryptionKey = Key,
            PerformanceInsightRetention = PerformanceInsightRetention.DEFAULT,
        });

    private ParameterGroup Parameters(IEngine engine) => new(this, "Parameters", new ParameterGroupProps
    {
        Engine = engine,
        Description = "Connections by TLS alone; commits wait for the storage",
        Parameters = new Dictionary<string, string>
        {
            ["rds.force_ssl"] = "1",
            ["ssl_min_protocol_version"] = "TLSv1.2",
            ["synchronous_commit"] = "on",
            // Sealing waits for every append that is in flight: one whose process hangs must not hold it up for ever.
            ["idle_in_transaction_session_timeout"] = "60000",
            ["log_min_duration_statement"] = "1000",
            ["log_connections"] = "1",
            ["log_disconnections"] = "1",
        },
    });

    // Two users take turns: a password that pods still hold works until the rotation after the next, thirty days later.
    private void Secrets(DatabaseCluster database)
    {
        var service = new DatabaseSecret(this, "ServiceUser", new DatabaseSecretProps
        {
            SecretName = Names.JournalSecret, Username = ServiceUser, EncryptionKey = Key, ExcludeCharacters = NotInPasswords,
            Dbname = DatabaseName, MasterSecret = database.Secret,
        });
        var attached = service.Attach(database);
        var rotation = new SecurityGroup(this, "Rotation",
            new SecurityGroupProps { Vpc = _network.Vpc, Description = "Functions that change passwords" });
        database.Connections.AllowDefaultPortFrom(rotation, "Rotation of passwords");
        database.Secret!.AddRotationSchedule("Rotation", new RotationScheduleOptions
        {
            AutomaticallyAfter = Duration.Days(30),
            HostedRotation = HostedRotation.PostgreSqlSingleUser(new SingleUserHostedRotationOptions
            {
                FunctionName = $"{Names.System}-rotate-owner", Vpc = _network.Vpc, VpcSubnets = NetworkStack.Pods,
                SecurityGroups = [rotation], ExcludeCharacters = NotInPasswords,
            }),
        });
        attached.AddRotationSchedule("Rotation", new RotationScheduleOptions
        {
            AutomaticallyAfter = Duration.Days(30),
            // The migration has to make the user first.
            RotateImmediatelyOnUpdate = false,
            HostedRotation = HostedRotation.PostgreSqlMultiUser(new MultiUserHostedRotationOptions
            {
                FunctionName = $"{Names.System}-rotate-service", MasterSecret = database.Secret, Vpc = _network.Vpc,
                VpcSubnets = NetworkStack.Pods, SecurityGroups = [rotation],
                ExcludeCharacters = NotInPasswords,
            }),
        });
        service.ApplyRemovalPolicy(Keep);
        ((CfnSecret)database.Node.FindChild("Secret").Node.DefaultChild!).ApplyRemovalPolicy(Keep);

        // The operator of external secrets gives pods their connection string, and the migration the owner's; the services ask Secrets
        // Manager themselves for the rest.
        _ = new ServiceRole(this, "external-secrets",
            [.. Access.ReadSecrets(Names, Key.KeyArn, Names.JournalSecret, Names.JournalOwnerSecret),
                Access.Allow("DescribeSecrets", ["secretsmanager:DescribeSecret"],
                [Names.SecretArn(Names.JournalSecret), Names.SecretArn(Names.JournalOwnerSecret)])], "external-secrets");
    }

    // At most: its form, the name of a database, which has 63 bytes at most, and an identity.
    private const double MarkerBytes = 150;

    private void Anchors()
    {
        // The marker by which the place is known again stays: it is smaller than any checkpoint.
        var props = Buckets.Private(this, Names.AnchorBucket, Key, [new LifecycleRule
        {
            Id = "delete-after-the-lock", Expiration = Duration.Days(Stage.AnchorExpiryDays), ObjectSizeGreaterThan = MarkerBytes,
            NoncurrentVersionExpiration = Duration.Days(Stage.AnchorLockDays),
        }, new LifecycleRule { Id = "no-unfinished-parts", AbortIncompleteMultipartUploadAfter = Duration.Days(1) }]);
        var retention = Duration.Days(Stage.AnchorLockDays);
        props.ObjectLockEnabled = true;
        props.ObjectLockDefaultRetention = Stage.AnchorLockMode == "COMPLIANCE" ? ObjectLockRetention.Compliance(retention)
            : ObjectLockRetention.Governance(retention);
        _ = new Bucket(this, "Anchors", props);
    }
}
