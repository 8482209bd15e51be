using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Amazon.Runtime;
using Amazon.Runtime.Internal.Transform;
using Amazon.SecretsManager.Model;
using Amazon.StandIn;

namespace Amazon.SecretsManager;

internal sealed class JsonOperation<TRequest, TResponse> : AwsJsonOperation<SecretsManagerProtocol, TRequest, TResponse>
    where TRequest : AmazonSecretsManagerRequest
    where TResponse : AmazonWebServiceResponse, new();

internal sealed class SecretsManagerProtocol : IAwsJsonProtocol
{
    public static string Service => "Amazon.SecretsManager";

    public static string Target => "secretsmanager";

    public static string Version => "1.1";

    public static JsonSerializerContext Types => SecretsManagerJson.Default;

    public static AmazonServiceException Error(JsonUnmarshallerContext input, Exception innerException, HttpStatusCode statusCode) =>
        AmazonSecretsManagerException.For(AwsService.ErrorOf(input, innerException, statusCode));
}

/// <summary>A time as the protocol has it: seconds since 1970, with fractions.</summary>
internal sealed class UnixTimeConverter : JsonConverter<DateTime>
{
    public override DateTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        DateTime.UnixEpoch.AddSeconds(reader.GetDouble());

    public override void Write(Utf8JsonWriter writer, DateTime value, JsonSerializerOptions options) =>
        writer.WriteNumberValue((value.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds);
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(Base64StreamConverter), typeof(UnixTimeConverter)])]
[JsonSerializable(typeof(GetSecretValueRequest))]
[JsonSerializable(typeof(GetSecretValueResponse))]
internal sealed partial class SecretsManagerJson : JsonSerializerContext;
