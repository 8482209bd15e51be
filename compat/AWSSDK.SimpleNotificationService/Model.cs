using System.Globalization;
using Amazon.Runtime;
using Amazon.Runtime.Internal;

namespace Amazon.SimpleNotificationService.Model;

// A request writes itself as parameters of the query protocol. As in version 4 of the SDK, what is not set is null, collections too,
// in both directions; and as there, references carry no annotations of that.
#nullable disable

public abstract class AmazonSimpleNotificationServiceRequest : AmazonWebServiceRequest
{
    internal abstract void Write(ParameterCollection parameters);

    internal static void Add(ParameterCollection parameters, string name, string value)
    {
        if (value is not null)
            parameters.Add(name, value);
    }

    internal static void Add(ParameterCollection parameters, string name, Dictionary<string, string> entries)
    {
        var number = 0;
        foreach (var (key, value) in entries ?? [])
        {
            var entry = string.Create(CultureInfo.InvariantCulture, $"{name}.entry.{++number}");
            parameters.Add(entry + ".key", key);
            parameters.Add(entry + ".value", value);
        }
    }

    internal static void Add(ParameterCollection parameters, string name, List<Tag> tags)
    {
        var number = 0;
        foreach (var tag in tags ?? [])
        {
            var member = string.Create(CultureInfo.InvariantCulture, $"{name}.member.{++number}");
            Add(parameters, member + ".Key", tag.Key);
            Add(parameters, member + ".Value", tag.Value);
        }
    }

    internal static void Add(ParameterCollection parameters, string name, Dictionary<string, MessageAttributeValue> attributes)
    {
        var number = 0;
        foreach (var (key, value) in attributes ?? [])
        {
            var entry = string.Create(CultureInfo.InvariantCulture, $"{name}.entry.{++number}");
            parameters.Add(entry + ".Name", key);
            Add(parameters, entry + ".Value.DataType", value.DataType);
            Add(parameters, entry + ".Value.StringValue", value.StringValue);
            Add(parameters, entry + ".Value.BinaryValue",
                value.BinaryValue is { } binary ? Convert.ToBase64String(binary.ToArray()) : null);
        }
    }
}
