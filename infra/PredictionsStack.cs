using Amazon.CDK.AWS.IAM;
using Amazon.CDK.AWS.Sagemaker;
using Constructs;

namespace Trading.Infra;

/// <summary>The models outside of the process, and the role of who asks them.</summary>
public sealed class PredictionsStack : TradingStack
{
    // Where a profile begins with one of these, Bedrock routes to the regions of that part of the world.
    private static readonly string[] Geographies = ["us", "us-gov", "eu", "apac", "au", "jp", "ca"];

    /// <summary>Makes role and endpoint.</summary>
    public PredictionsStack(Construct scope, Deployment deployment, MessagingStack messaging, DataIngestionStack data, JournalStack journal)
        : base(scope, "predictions", "Role of Predictor with its models on Bedrock and SageMaker; SageMaker endpoint by switch", deployment)
    {
        var statements = new List<Fields>(Access.Messages(Names, messaging.Topology, messaging.Key.KeyArn, "predictor"))
        {
            Access.Allow("ReadPrices", ["dynamodb:Query", "dynamodb:DescribeTable"], [Names.TableArn(Names.PriceTable)]),
            Access.UseKey("DecryptPrices", data.Key.KeyArn, Deployment.Region, "dynamodb"),
        };
        statements.AddRange(Bedrock(Names, deployment.BedrockModel));
        statements.Add(Access.Allow("AskEndpoint", ["sagemaker:InvokeEndpoint"], [Names.ModelEndpointArn]));
        statements.AddRange(Access.ReadSecrets(Names, journal.Key.KeyArn, Names.HttpModelKeySecret));
        statements.AddRange(Access.ReadMessageKey(Names, messaging.Key.KeyArn));
        _ = new ServiceRole(this, "predictor", statements);
        if (deployment.HuggingFaceImage is { } image)
            Endpoint(image, data);
        Output("BedrockModelId", deployment.BedrockModel, "Value of the setting BedrockModelId: the one model that the Predictor may ask");
        Output("SageMakerEndpoint", Names.ModelEndpoint, "Value of the setting SageMakerEndpoint");
    }

    /// <summary>
    /// What asking one model takes. A profile is asked here, and behind it the model in each region that the profile routes to; a global
    /// one names no region at all. The models behind a profile may be asked by way of it alone.
    /// </summary>
    public static IReadOnlyList<Fields> Bedrock(Names names, string model)
    {
        string[] ask = ["bedrock:InvokeModel"];
        var place = model.Split('.')[0];
        var isGlobal = place == "global";
        if (!isGlobal && !Geographies.Contains(place))
            return [Access.Allow("AskModel", ask, [$"arn:aws:bedrock:{names.Deployment.Region}::foundation-model/{model}"])];

        var profile = names.Arn("bedrock", $"inference-profile/{model}");
        var foundation = model[(place.Length + 1)..];
        var through = Access.When("StringEquals", "bedrock:InferenceProfileArn", profile);
        var here = isGlobal ? names.Deployment.Region : "*";
        List<Fields> statements =
        [
            Access.Allow("AskProfile", ask, [profile]),
            Access.Allow("AskModelsOfProfile", ask, [$"arn:aws:bedrock:{here}::foundation-model/{foundation}"], through),
        ];
        if (isGlobal)
            statements.Add(Access.Allow("AskModelsAnywhere", ask, [$"arn:aws:bedrock:::foundation-model/{foundation}"],
                Access.All(through, Access.When("StringEquals", "aws:RequestedRegion", "unspecified"))));
        return statements;
    }

    private void Endpoint(string image, DataIngestionStack data)
    {
        var repository = image[(image.IndexOf('/', StringComparison.Ordinal) + 1)..].Split(':', '@')[0];
        var registry = image.Split('.')[0];
        var statements = new List<Fields>
        {
            Access.Allow("PullImage", ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                [$"arn:aws:ecr:{image.Split('.')[3]}:{registry}:repository/{repository}"]),
            Access.Allow("EnterRegistry", ["ecr:GetAuthorizationToken"], ["*"]),
            Access.Allow("WriteLogs", ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
                [Names.LogGroupArn($"/aws/sagemaker/Endpoints/{Names.ModelEndpoint}*")]),
            Access.UseKey("Volumes", data.Key.KeyArn, Deployment.Region, "ec2", "sagemaker"),
        };
        if (Deployment.HuggingFaceModelData is { } address)
            statements.Add(Access.Allow("ReadModel", ["s3:GetObject"], [$"arn:aws:s3:::{address["s3://".Length..]}"]));
        var role = new CfnRole(this, "ModelRole", new CfnRoleProps
        {
            RoleName = Names.Role("model"),
            AssumeRolePolicyDocument = Access.Policy(new Fields
            {
                ["Effect"] = "Allow", ["Principal"] = new Fields { ["Service"] = "sagemaker.amazonaws.com" },
                ["Action"] = "sts:AssumeRole",
                ["Condition"] = Access.When("StringEquals", "aws:SourceAccount", Names.Account),
            }),
            Policies = new[] { new CfnRole.PolicyProperty { PolicyName = "model", PolicyDocument = Access.Policy([.. statements]) } },
        });
        var model = new CfnModel(this, "Model", new CfnModelProps
        {
            ExecutionRoleArn = role.AttrArn,
            // The container reaches nothing, neither the internet nor AWS.
            EnableNetworkIsolation = true,
            PrimaryContainer = new CfnModel.ContainerDefinitionProperty { Image = image, ModelDataUrl = Deployment.HuggingFaceModelData },
        });
        model.AddDependency(role);
        var configuration = new CfnEndpointConfig(this, "EndpointConfig", new CfnEndpointConfigProps
        {
            KmsKeyId = data.Key.KeyArn,
            ProductionVariants = new[]
            {
                new CfnEndpointConfig.ProductionVariantProperty
                {
                    VariantName = "main", ModelName = model.AttrModelName, InstanceType = "ml.c6i.xlarge",
                        InitialInstanceCount = Stage.ModelInstances, InitialVariantWeight = 1,
                },
            },
        });
        _ = new CfnEndpoint(this, "Endpoint",
            new CfnEndpointProps { EndpointName = Names.ModelEndpoint, EndpointConfigName = configuration.AttrEndpointConfigName });
    }
}
