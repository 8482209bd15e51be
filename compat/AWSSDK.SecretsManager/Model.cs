using System.Text.Json.Serialization;
using Amazon.Runtime;

namespace Amazon.SecretsManager.Model;

// Requests and responses carry the names of the JSON protocol, so each is its own wire format. As in version 4 of the SDK, what is
// not set is null, and references carry no annotations of that.
#nullable disable

public class AmazonSecretsManagerRequest : AmazonWebServiceRequest;

public class GetSecretValueRequest : AmazonSecretsManagerRequest
{
    public string SecretId { get; set; }
    public string VersionId { get; set; }
    public string VersionStage { get; set; }
}

public class GetSecretValueResponse : AmazonWebServiceResponse
{
    [JsonPropertyName("ARN")]
    public string ARN { get; set; }
    public DateTime? CreatedDate { get; set; }
    public string Name { get; set; }
    public MemoryStream SecretBinary { get; set; }
    public string SecretString { get; set; }
    public string VersionId { get; set; }
    public List<string> VersionStages { get; set; }
}
