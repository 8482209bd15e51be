using Microsoft.Extensions.Logging.Abstractions;
using Trading.Hosting.Secrets;
using Trading.TestKit.Aws;
using Xunit;

namespace Trading.Integration.Tests.Aws;

/// <summary>Errors of Secrets Manager are reported, and none shows a secret.</summary>
public sealed class SecretsManagerErrorTests : SecretsManagerTest
{
    [Fact]
    public async Task what_goes_wrong_is_one_line_that_names_the_secret_and_shows_nothing_of_an_answer()
    {
        await WrongAsync(WireAnswer.Error(400, "ResourceNotFoundException", "Secrets Manager can't find the specified secret."),
            "does not exist there");
        await WrongAsync(WireAnswer.Denied(), "was not given: 403 AccessDeniedException");
        await WrongAsync(WireAnswer.Error(400, "DecryptionFailure", "Secrets Manager can't decrypt the secret hunter2."),
            "was not given: 400 DecryptionFailure");
        await WrongAsync(WireAnswer.Garbage(), "was not given");
        await WrongAsync(WireAnswer.Ok("""{"ARN":"arn","SecretString":"hunter2""", "application/x-amz-json-1.1"), "was not given");
        await WrongAsync(WireAnswer.Ok("""{"ARN":"arn","CreatedDate":"hunter2","SecretString":"hunter2"}""", "application/x-amz-json-1.1"),
            "was not given");
        await WrongAsync(WireAnswer.Ok("""{"ARN":"arn","Name":"n"}""", "application/x-amz-json-1.1"), "holds nothing");
    }

    [Fact]
    public async Task wrong_credentials_are_refused_and_not_tried_again()
    {
        await using var service = await StartAsync(_ => Value(Hidden));
        service.Keys = [new("another", "key")];
        using var secrets = Open(service);
        var wrong = await Assert.ThrowsAsync<SecretException>(() => secrets.GetAsync("n", default));
        Assert.Equal($"the secret n of Secrets Manager ({service.Url}) was not given: 403 UnrecognizedClientException", wrong.Message);
        Assert.Single(service.Requests);
    }

    [Fact]
    public async Task no_answer_at_all_is_reported_too()
    {
        using var secrets = new AwsSecrets(new(ProtocolServer.Region, "http://127.0.0.1:1"),
            TimeSpan.FromSeconds(60), _time, NullLogger.Instance);
        var wrong = await Assert.ThrowsAsync<SecretException>(() => secrets.GetAsync("n", default));
        Assert.StartsWith("the secret n of Secrets Manager (http://127.0.0.1:1) ", wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', wrong.Message);
    }

    private async Task WrongAsync(WireAnswer answer, string said)
    {
        await using var service = await StartAsync(_ => answer);
        using var secrets = Open(service);
        var wrong = await Assert.ThrowsAsync<SecretException>(() => secrets.GetAsync("trading/token", default));
        Assert.StartsWith($"the secret trading/token of Secrets Manager ({service.Url}) {said}", wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Hidden, wrong.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain('\n', wrong.Message);
    }
}
