namespace Trading.Infra.Tests;

public class DeploymentTests
{
    [Theory]
    [InlineData("", "context env must be dev or prod, was not given")]
    [InlineData("env=staging", "context env must be dev or prod, was \"staging\"")]
    [InlineData("env=dev;region=moon", "context region must be a region like eu-central-1, was \"moon\"")]
    [InlineData("env=dev;account=12", "context account must be twelve digits, was \"12\"")]
    [InlineData("env=dev;zones=us-east-1a",
        "context zones must be two or more different zones of us-east-1, joined by commas, was \"us-east-1a\"")]
    [InlineData("env=dev;zones=us-east-1a,eu-west-1b",
        "context zones must be two or more different zones of us-east-1, joined by commas, was \"us-east-1a,eu-west-1b\"")]
    [InlineData("env=dev;scope=My Scope",
        "context scope must be 3 to 20 small letters, digits or -, as the setting Scope, was \"My Scope\"")]
    [InlineData("env=dev;timestream=yes", "context timestream must be true or false, was \"yes\"")]
    [InlineData("env=dev;exchange=kraken", "context exchange must be paper or binance or coinbase, was \"kraken\"")]
    [InlineData("env=dev;architecture=x86", "context architecture must be arm64 or amd64, was \"x86\"")]
    [InlineData("env=dev;kubectlFrom=0.0.0.0/0",
        "context kubectlFrom must be address ranges like 203.0.113.7/32, joined by commas, and not all addresses, was \"0.0.0.0/0\"")]
    [InlineData("env=dev;huggingfaceModelData=s3://a/b",
        "context huggingfaceImage must be the container for huggingfaceModelData, was not given")]
    [InlineData("env=dev;oidcIssuer=https://oidc.eks.us-east-1.amazonaws.com/id/AB12", "context oidcIssuer must be the cluster's issuer "
        + "without https://, like oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF, was "
        + "\"https://oidc.eks.us-east-1.amazonaws.com/id/AB12\"")]
    [InlineData("env=dev;budgetUsd=-5", "context budgetUsd must be whole dollars, more than none, was \"-5\"")]
    public void what_cannot_be_deployed_is_refused_in_one_line(string context, string refusal) =>
        Assert.Equal(refusal, Assert.Throws<DeploymentException>(() => Read(context)).Message);

    [Fact]
    public void all_that_is_wrong_is_said_at_once() =>
        Assert.Equal(3, Assert.Throws<DeploymentException>(() => Read("region=moon;zones=a,b;account=1")).Message.Split('\n').Length - 1);

    [Fact]
    public void account_and_region_are_those_of_the_credentials_where_nothing_is_said()
    {
        var deployment = Deployment.Read(key => key == "env" ? "prod" : null, name => name == "CDK_DEFAULT_REGION" ? "eu-central-1"
            : "210987654321");
        Assert.Equal(("eu-central-1", "210987654321"), (deployment.Region, deployment.Account));
        Assert.Equal(["eu-central-1a", "eu-central-1b", "eu-central-1c"], deployment.Zones);
    }

    private static Deployment Read(string context)
    {
        var values = context.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1]);
        return Deployment.Read(values.GetValueOrDefault, _ => null);
    }
}
