using Trading.Hosting.Secrets;
using Trading.TestKit.Aws;
using Xunit;

namespace Trading.Integration.Tests.Aws;

/// <summary>Secrets of Secrets Manager, over its protocol: kept, refreshed, and asked for again.</summary>
public sealed class SecretsManagerTests : SecretsManagerTest
{
    [Fact]
    public async Task a_secret_is_asked_for_as_aws_wants_it_and_then_kept()
    {
        await using var service = await StartAsync(_ => Value("""{ "apiKey": "k", "apiSecret": "hunter2" }"""));
        using var secrets = Open(service);

        Assert.Equal("k", await secrets.GetAsync("trading/binance#apiKey", default));
        Assert.Equal(Hidden, await secrets.GetAsync("trading/binance#apiSecret", default));

        var request = Assert.Single(service.Requests);
        Assert.Empty(service.Refusals);
        Assert.Equal("GetSecretValue", request.Operation);
        Assert.Equal("""{"SecretId":"trading/binance"}""", request.Text);
    }

    [Fact]
    public async Task a_secret_of_bytes_is_text()
    {
        await using var service = await StartAsync(_ => WireAnswer.Ok(
            """{"ARN":"arn","Name":"n","SecretBinary":"aHVudGVyMg==","VersionId":"v","VersionStages":["AWSCURRENT"],"CreatedDate":"""
                + """1.709251200123E9}""",
            "application/x-amz-json-1.1"));
        using var secrets = Open(service);
        Assert.Equal(Hidden, await secrets.GetAsync("n", default));
    }

    [Fact]
    public async Task many_who_want_a_secret_at_once_ask_once()
    {
        var answered = new TaskCompletionSource();
        await using var service = await StartAsync(_ => Value(Hidden) with { Until = answered.Task });
        using var secrets = Open(service);

        var all = Enumerable.Range(0, 50).Select(_ => secrets.GetAsync("trading/token", default)).ToList();
        answered.SetResult();

        Assert.All(await Task.WhenAll(all), value => Assert.Equal(Hidden, value));
        Assert.Single(service.Requests);
    }

    [Fact]
    public async Task a_rotated_secret_is_found_after_the_refresh_and_the_last_value_stays_while_nobody_answers()
    {
        await using var service = await StartAsync(_ => Value("not scripted"));
        using var secrets = Open(service);
        service.Next(Value("old"));
        Assert.Equal("old", await secrets.GetAsync("n", default));

        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal("old", await secrets.GetAsync("n", default));

        // One question and two repetitions of the SDK's, all in vain: the value that worked stays for a while.
        _time.Advance(TimeSpan.FromSeconds(1));
        service.Next(WireAnswer.Failing(), WireAnswer.Failing(), WireAnswer.Failing());
        Assert.Equal("old", await secrets.GetAsync("n", default));
        Assert.Equal("old", await secrets.GetAsync("n", default));
        Assert.Equal(4, service.Requests.Count);

        _time.Advance(AwsSecrets.RetryAfter);
        service.Next(Value("new"));
        Assert.Equal("new", await secrets.GetAsync("n", default));
    }

    [Theory]
    [InlineData("AccessDeniedException")]
    [InlineData("ExpiredTokenException")]
    [InlineData("UnrecognizedClientException")]
    public async Task a_key_that_worked_stays_good_while_the_programs_own_credentials_do_not_and_one_that_was_deleted_does_not(string code)
    {
        await using var service = await StartAsync(_ => WireAnswer.Error(400, code, "no"));
        using var secrets = Open(service);
        service.Next(Value("old"));
        Assert.Equal("old", await secrets.GetAsync("n", default));

        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal("old", await secrets.GetAsync("n", default));

        foreach (var gone in new[] { WireAnswer.Error(400, "InvalidRequestException",
            "You can't perform this operation on the secret because it was marked for deletion."), WireAnswer.Error(400, code, "no") })
        {
            _time.Advance(AwsSecrets.RetryAfter);
            service.Next(gone);
            await Assert.ThrowsAsync<SecretException>(() => secrets.GetAsync("n", default));
        }
    }

    [Fact]
    public async Task a_throttled_question_is_asked_again()
    {
        await using var service = await StartAsync(_ => Value(Hidden));
        using var secrets = Open(service);
        service.Next(WireAnswer.Throttled(), WireAnswer.Broke());
        Assert.Equal(Hidden, await secrets.GetAsync("n", default));
        Assert.Equal(3, service.Requests.Count);
    }
}
