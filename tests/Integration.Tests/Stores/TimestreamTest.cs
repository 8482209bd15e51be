using Trading.Aws;
using Trading.Hosting.Stores;
using Trading.TestKit.Aws;

namespace Trading.Integration.Tests.Stores;

/// <summary>A Timestream that checks what is asked of it, and takes it.</summary>
public abstract class TimestreamTest
{
    private protected static readonly WireProtocol Protocol = new("timestream", "application/x-amz-json-1.0", "Timestream_20181101.");
    private protected static readonly WireAnswer Written =
        WireAnswer.Ok("""{"RecordsIngested":{"MagneticStore":0,"MemoryStore":1,"Total":1}}""");

    private protected static Collected Collected(int minute) => new(DateTimeOffset.UnixEpoch, [Stores.Prices.Observed(60_000, minute)], []);

    private protected static TimestreamPrices Prices(ProtocolServer server) =>
        new(new AwsPlace(ProtocolServer.Region, server.Url), "bitcoin-prices", "price-history");
}
