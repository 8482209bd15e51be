using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Amazon;
using Amazon.Runtime;
using Amazon.TimestreamWrite;
using Trading.Aws;
using Trading.Core;
using Trading.TestKit.Aws;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Stores;

/// <summary>What is written to Timestream, and where.</summary>
public sealed class TimestreamTests : TimestreamTest
{
    [Fact]
    public async Task a_record_is_the_originals()
    {
        await using var server = await ProtocolServer.StartAsync(Protocol, _ => Written);
        using var prices = Prices(server);

        Assert.Empty(await prices.WriteAsync([StoredPrice.Of(Stores.Prices.Observed(61_000.5m))], default));

        Assert.Empty(server.Refusals);
        var request = Assert.Single(server.Requests);
        Assert.Equal("WriteRecords", request.Operation);
        Assert.Equal(
            """{"CommonAttributes":{"MeasureName":"price_metrics","MeasureValueType":"MULTI","TimeUnit":"MILLISECONDS"},"Datab"""
            + """aseName":"bitcoin-prices","Records":[{"Dimensions":[{"Name":"symbol","Value":"BTC-USD"}],"MeasureValues":["""
            + """{"Name":"price","Type":"DOUBLE","Value":"61000.5"},{"Name":"volume","Type":"DOUBLE","Value":"123456.75"},"""
            + """{"Name":"market_cap","Type":"DOUBLE","Value":"1200000000000"}],"Time":"1709251200000"}],"TableName":"price-hist"""
            + """ory"}""", request.Text);
    }

    [Fact]
    public async Task more_than_a_hundred_records_go_in_several_requests()
    {
        await using var server = await ProtocolServer.StartAsync(Protocol, _ => Written);
        using var prices = Prices(server);

        await prices.WriteAsync(
            [.. Enumerable.Range(0, 250).Select(minute => StoredPrice.Of(Stores.Prices.Observed(60_000, minute)))], default);

        Assert.Equal([100, 100, 50], server.Requests.Select(request => request.Json.GetProperty("Records").GetArrayLength()));
    }

    [Fact]
    public async Task what_is_missing_is_created_with_the_originals_retention()
    {
        await using var server = await ProtocolServer.StartAsync(Protocol, request =>
            request.Operation == "CreateDatabase"
                ? WireAnswer.Error(409, "ConflictException", "A Database with given name already exists") : WireAnswer.Ok("{}"));
        using var prices = Prices(server);

        await prices.CreateAsync(default);

        Assert.Equal(["CreateDatabase", "CreateTable"], server.Requests.Select(request => request.Operation));
        Assert.Equal("""{"MagneticStoreRetentionPeriodInDays":365,"MemoryStoreRetentionPeriodInHours":24}""",
            server.Requests[1].Json.GetProperty("RetentionProperties").GetRawText());
    }

    [Fact]
    public async Task without_an_endpoint_of_its_own_it_writes_to_the_cell_that_describe_endpoints_names()
    {
        using var certificate = Certificate();
        await using var cell = await ProtocolServer.StartAsync(Protocol, _ => Written, certificate: certificate);
        await using var region = await ProtocolServer.StartAsync(Protocol,
            _ => WireAnswer.Ok($$"""{"Endpoints":[{"Address":"{{cell.Host}}","CachePeriodInMinutes":1440}]}"""), certificate: certificate);
        using var client = new AmazonTimestreamWriteClient(AwsKey.Example.AccessKey, AwsKey.Example.SecretKey,
            new AmazonTimestreamWriteConfig
            {
                RegionEndpoint = RegionEndpoint.GetBySystemName(ProtocolServer.Region), EndpointDiscoveryEnabled = true,
                HttpClientFactory = new Leading(new Uri(region.Url).Port),
            });
        using var prices = new TimestreamPrices(client, "bitcoin-prices", "price-history");

        await prices.WriteAsync([StoredPrice.Of(Stores.Prices.Observed(1))], default);
        await prices.WriteAsync([StoredPrice.Of(Stores.Prices.Observed(2, 1))], default);

        Assert.Empty(region.Refusals.Concat(cell.Refusals));
        var asked = Assert.Single(region.Requests);
        Assert.Equal(("DescribeEndpoints", $"ingest.timestream.{ProtocolServer.Region}.amazonaws.com"),
            (asked.Operation, asked.Headers["Host"]));
        Assert.Equal(["WriteRecords", "WriteRecords"], cell.Requests.Select(request => request.Operation));
    }

    [Theory, OnMoto]
    public async Task moto_takes_it(string server)
    {
        using var prices = new TimestreamPrices(await StoreServers.PlaceAsync(server), StoreServers.NewName("database"), "price-history");
        await prices.CreateAsync(default);
        await prices.CreateAsync(default);

        Assert.Empty(await prices.WriteAsync([StoredPrice.Of(Stores.Prices.Observed(61_000))], default));
    }

    private static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }

    // Leads what is meant for AWS to a local port. The certificate is the test's own.
    private sealed class Leading(int port) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(new SocketsHttpHandler
        {
            SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Subject == "CN=127.0.0.1" },
            ConnectCallback = async (context, cancellation) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(IPAddress.Loopback,
                    context.DnsEndPoint.Host == "127.0.0.1" ? context.DnsEndPoint.Port : port, cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
    }
}
