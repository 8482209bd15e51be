using Amazon.Runtime;

namespace Amazon.TimestreamWrite.Model;

// Requests and responses carry the names of the JSON protocol, so each is its own wire format. As in version 4 of the SDK, what is
// not set is null, collections too, in both directions; and as there, references carry no annotations of that.
#nullable disable

public abstract class AmazonTimestreamWriteRequest : AmazonWebServiceRequest;

public class CreateDatabaseRequest : AmazonTimestreamWriteRequest
{
    public string DatabaseName { get; set; }
}

public class CreateDatabaseResponse : AmazonWebServiceResponse;

public class MagneticStoreWriteProperties
{
    public bool? EnableMagneticStoreWrites { get; set; }
}

public class RetentionProperties
{
    public long? MagneticStoreRetentionPeriodInDays { get; set; }
    public long? MemoryStoreRetentionPeriodInHours { get; set; }
}

public class CreateTableRequest : AmazonTimestreamWriteRequest
{
    public string DatabaseName { get; set; }
    public MagneticStoreWriteProperties MagneticStoreWriteProperties { get; set; }
    public RetentionProperties RetentionProperties { get; set; }
    public string TableName { get; set; }
}

public class CreateTableResponse : AmazonWebServiceResponse;

public class DescribeEndpointsRequest : AmazonTimestreamWriteRequest;

public class Endpoint
{
    public string Address { get; set; }
    public long? CachePeriodInMinutes { get; set; }
}

public class DescribeEndpointsResponse : AmazonWebServiceResponse
{
    public List<Endpoint> Endpoints { get; set; }
}

public class Dimension
{
    public string Name { get; set; }
    public string Value { get; set; }
}

public class MeasureValue
{
    public string Name { get; set; }
    public MeasureValueType Type { get; set; }
    public string Value { get; set; }
}

public class Record
{
    public List<Dimension> Dimensions { get; set; }
    public string MeasureName { get; set; }
    public string MeasureValue { get; set; }
    public List<MeasureValue> MeasureValues { get; set; }
    public MeasureValueType MeasureValueType { get; set; }
    public string Time { get; set; }
    public TimeUnit TimeUnit { get; set; }
    public long? Version { get; set; }
}

public class RecordsIngested
{
    public int? MagneticStore { get; set; }
    public int? MemoryStore { get; set; }
    public int? Total { get; set; }
}

public class RejectedRecord
{
    public long? ExistingVersion { get; set; }
    public string Reason { get; set; }
    public int? RecordIndex { get; set; }
}

public class WriteRecordsRequest : AmazonTimestreamWriteRequest
{
    public Record CommonAttributes { get; set; }
    public string DatabaseName { get; set; }
    public List<Record> Records { get; set; }
    public string TableName { get; set; }
}

public class WriteRecordsResponse : AmazonWebServiceResponse
{
    public RecordsIngested RecordsIngested { get; set; }
}
