using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Trading.TestKit.Audit;
using Trading.TestKit.Aws;
using Xunit;

namespace Trading.Integration.Tests.Aws;

/// <summary>Credentials as a pod gets them (IRSA): a token in a file, which STS exchanges for keys that end.</summary>
public sealed class WebIdentityTests(SealedJournal journal) : IClassFixture<SealedJournal>, IDisposable
{
    private const string Role = "arn:aws:iam::123456789012:role/trading", Token = "eyJhbGciOiJub25lIn0.e30.";
    private static readonly AwsKey Temporary = new("ASIATEMPORARY", "temporary-secret", "temporary-session");
    private readonly string _folder = Directory.CreateTempSubdirectory("trading-identity-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task a_program_without_keys_gets_them_for_the_token_of_its_pod()
    {
        var asked = new ConcurrentQueue<IFormCollection>();
        await using var sts = await StsAsync(asked);
        var name = "trading/seal-key";
        await using var secrets = await ProtocolServer.StartAsync(
            new("secretsmanager", "application/x-amz-json-1.1", "secretsmanager."),
            _ => WireAnswer.Ok(JsonSerializer.Serialize(new { Name = name, SecretString = File.ReadAllText(journal.KeyFile) }),
                "application/x-amz-json-1.1"));
        secrets.Keys = [Temporary];
        var token = Path.Combine(_folder, "token");
        await File.WriteAllTextAsync(token, Token);
        var environment = new Dictionary<string, string>
        {
            ["AWS_ACCESS_KEY_ID"] = "", ["AWS_SECRET_ACCESS_KEY"] = "", ["AWS_SESSION_TOKEN"] = "", ["AWS_EC2_METADATA_DISABLED"] = "true",
            ["AWS_SHARED_CREDENTIALS_FILE"] = Path.Combine(_folder, "none"), ["AWS_CONFIG_FILE"] = Path.Combine(_folder, "none"),
            ["AWS_ROLE_ARN"] = Role, ["AWS_WEB_IDENTITY_TOKEN_FILE"] = token, ["AWS_ROLE_SESSION_NAME"] = "executor",
            ["AWS_REGION"] = ProtocolServer.Region, ["AWS_ENDPOINT_URL_STS"] = sts.Urls.Single(),
        };

        var (code, output, errors) = await AuditProgram.RunAsync(
            await journal.CopyAsync(), environment,
            "verify", "--set", "Secrets=aws", "--set", $"SealKeySecret={name}", "--set", $"AwsRegion={ProtocolServer.Region}", "--set",
            $"SecretsServiceUrl={secrets.Url}");

        Assert.True(code == 0, output + errors);
        Assert.Contains("everything is as it was sealed", output, StringComparison.Ordinal);
        Assert.Empty(secrets.Refusals);
        var form = Assert.Single(asked);
        Assert.Equal(("AssumeRoleWithWebIdentity", Role, Token, "executor"),
            ($"{form["Action"]}", $"{form["RoleArn"]}", $"{form["WebIdentityToken"]}", $"{form["RoleSessionName"]}"));
    }

    private static async Task<WebApplication> StsAsync(ConcurrentQueue<IFormCollection> asked)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var sts = builder.Build();
        sts.Run(async context =>
        {
            asked.Enqueue(await context.Request.ReadFormAsync());
            context.Response.ContentType = "text/xml";
            await context.Response.WriteAsync($"""
                <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>
                <SubjectFromWebIdentityToken>system:serviceaccount:trading:executor</SubjectFromWebIdentityToken>
                <Audience>sts.amazonaws.com</Audience>
                <AssumedRoleUser><Arn>{Role}/executor</Arn><AssumedRoleId>AROAEXAMPLE:executor</AssumedRoleId></AssumedRoleUser>
                <Credentials><SessionToken>{Temporary.SessionToken}</SessionToken><SecretAccessKey>{Temporary.SecretKey}</SecretAccessKey>
                <Expiration>{DateTime.UtcNow.AddHours(1):yyyy-MM-ddTHH:mm:ssZ}</Expiration>
                <AccessKeyId>{Temporary.AccessKey}</AccessKeyId></Credentials>
                </AssumeRoleWithWebIdentityResult>
                <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></AssumeRoleWithWebIdentityResponse>
                """);
        });
        await sts.StartAsync();
        return sts;
    }
}
