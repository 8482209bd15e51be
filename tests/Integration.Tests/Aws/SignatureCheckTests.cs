using System.Net.Http.Headers;
using Trading.TestKit.Aws;
using Xunit;

namespace Trading.Integration.Tests.Aws;

/// <summary>The check itself, by the published examples of Signature Version 4, and what the server that uses it refuses.</summary>
public sealed class SignatureCheckTests
{
    private const string EmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Theory]
    [InlineData("/", "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData("/ሴ", "", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85")]
    [InlineData("/", "Param2=value2&Param1=value1", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500")]
    public void the_published_requests_have_the_published_signatures(string path, string query, string signature)
    {
        var request = Request(path, query, ("Host", "example.amazonaws.com"), ("X-Amz-Date", "20150830T123600Z"));

        Assert.Equal(signature, SignatureCheck.Signature(request, AwsKey.Example, "20150830/us-east-1/service/aws4_request",
            "host;x-amz-date", "service", EmptyHash));
    }

    [Fact]
    public void the_documented_request_to_s3_has_the_documented_signature()
    {
        var request = Request("/test.txt", "", ("Host", "examplebucket.s3.amazonaws.com"), ("Range", "bytes=0-9"),
            ("x-amz-content-sha256", EmptyHash), ("x-amz-date", "20130524T000000Z"));

        Assert.Equal("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41", SignatureCheck.Signature(
            request, new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), "20130524/us-east-1/s3/aws4_request",
            "host;range;x-amz-content-sha256;x-amz-date", "s3", EmptyHash));
    }

    [Fact]
    public void a_colon_that_is_sent_escaped_is_signed_escaped_twice_except_by_s3()
    {
        var request = Request("/model/a%3A0", "", ("Host", "h"), ("X-Amz-Date", "20150830T123600Z"));
        var twice = Request("/model/a%253A0", "", ("Host", "h"), ("X-Amz-Date", "20150830T123600Z"));

        string Sign(WireRequest signed, string service) =>
            SignatureCheck.Signature(signed, AwsKey.Example, "20150830/us-east-1/x/aws4_request", "host;x-amz-date", service, EmptyHash);
        Assert.Equal(Sign(request, "bedrock"), Sign(twice, "s3"));
        Assert.NotEqual(Sign(request, "bedrock"), Sign(request, "s3"));
    }

    [Fact]
    public async Task a_request_without_a_signature_is_refused_as_aws_does_it()
    {
        await using var server = await ProtocolServer.StartAsync(new("timestream"), _ => WireAnswer.Ok("{}"));
        using var http = new HttpClient();

        var answer = await http.PostAsync(new Uri(server.Url),
            new ByteArrayContent("{}"u8.ToArray()) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } });

        Assert.Equal(403, (int)answer.StatusCode);
        Assert.Contains("MissingAuthenticationTokenException", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("MissingAuthenticationTokenException: Missing Authentication Token", Assert.Single(server.Refusals));
    }

    private static WireRequest Request(string path, string query, params (string Name, string Value)[] headers) =>
        new("GET", path, query, headers.ToDictionary(header => header.Name, header => header.Value, StringComparer.OrdinalIgnoreCase), []);
}
