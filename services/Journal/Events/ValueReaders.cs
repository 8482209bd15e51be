using System.Reflection;
using System.Text;
using System.Text.Json;

namespace Trading.Journal.Events;

/// <summary>Reads values of one type; made when the type is first met.</summary>
internal static class ValueReader<T>
{
    public static readonly ReadValue<T> Read = (ReadValue<T>)ValueReaders.Of(typeof(T));
}

/// <summary>Makes the functions that read values; <see cref="RecordReader{T}"/> makes those of records.</summary>
internal static class ValueReaders
{
    public static Delegate Of(Type type)
    {
        if (type == typeof(string))
            return (ReadValue<string>)Text;
        if (type == typeof(decimal))
            return (ReadValue<decimal>)((ref Utf8JsonReader reader) =>
                reader.TokenType == JsonTokenType.Number && reader.TryGetDecimal(out var value) ? value : throw new UnusualFormException());
        if (type == typeof(double))
            return (ReadValue<double>)((ref Utf8JsonReader reader) =>
                reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var value) ? value : throw new UnusualFormException());
        if (type == typeof(int))
            return (ReadValue<int>)((ref Utf8JsonReader reader) =>
                reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var value) ? value : throw new UnusualFormException());
        if (type == typeof(long))
            return (ReadValue<long>)((ref Utf8JsonReader reader) =>
                reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var value) ? value : throw new UnusualFormException());
        if (type == typeof(bool))
            return (ReadValue<bool>)((ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.True
                || (reader.TokenType == JsonTokenType.False ? false : throw new UnusualFormException()));
        if (type == typeof(Guid))
            return (ReadValue<Guid>)((ref Utf8JsonReader reader) =>
                reader.TokenType == JsonTokenType.String && reader.TryGetGuid(out var value) ? value : throw new UnusualFormException());
        if (type == typeof(DateTimeOffset))
            return (ReadValue<DateTimeOffset>)((ref Utf8JsonReader reader) =>
                reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out var value)
                    ? value : throw new UnusualFormException());
        var (made, part) = type switch
        {
            { IsEnum: true } => (typeof(Enums<>), type),
            { IsGenericType: true } when type.GetGenericTypeDefinition() == typeof(Nullable<>) =>
                (typeof(Nullables<>), type.GetGenericArguments()[0]),
            { IsGenericType: true } when type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) =>
                (typeof(Lists<>), type.GetGenericArguments()[0]),
            { IsGenericType: true } when type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>)
                && type.GetGenericArguments()[0] == typeof(string) => (typeof(Dictionaries<>), type.GetGenericArguments()[1]),
            { IsAbstract: false, IsPrimitive: false }
                when type.Namespace?.StartsWith(nameof(Trading), StringComparison.Ordinal) == true => (typeof(RecordReader<>), type),
            _ => throw new NotSupportedException(),
        };
        return (Delegate)made.MakeGenericType(part).GetMethod("Make", BindingFlags.Public | BindingFlags.Static)!.Invoke(null, null)!;
    }

    private static string Text(ref Utf8JsonReader reader) => reader.TokenType != JsonTokenType.String ? throw new UnusualFormException()
        : reader.ValueIsEscaped ? reader.GetString()! : EventDecoder.Names.Of(reader.ValueSpan);

    private static class Enums<T>
        where T : struct, Enum
    {
        public static Delegate Make()
        {
            var names = Enum.GetNames<T>().Select(Encoding.UTF8.GetBytes).ToArray();
            var values = Enum.GetNames<T>().Select(Enum.Parse<T>).ToArray();
            return (ReadValue<T>)((ref Utf8JsonReader reader) =>
            {
                if (reader.TokenType == JsonTokenType.String && !reader.ValueIsEscaped)
                {
                    for (var at = 0; at < names.Length; at++)
                    {
                        if (reader.ValueSpan.SequenceEqual(names[at]))
                            return values[at];
                    }
                }
                throw new UnusualFormException();
            });
        }
    }

    private static class Nullables<T>
        where T : struct
    {
        public static Delegate Make()
        {
            var read = ValueReader<T>.Read;
            return (ReadValue<T?>)((ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.Null ? null : read(ref reader));
        }
    }

    private static class Lists<T>
    {
        // Items are collected here until their number is known: a growing list would allocate several times what it holds in the end.
        [ThreadStatic]
        private static T[]? _collected;

        public static Delegate Make()
        {
            var read = ValueReader<T>.Read;
            return (ReadValue<IReadOnlyList<T>>)((ref Utf8JsonReader reader) =>
            {
                if (reader.TokenType != JsonTokenType.StartArray)
                    throw new UnusualFormException();
                // A list within a list of the same kind finds no free array and makes its own.
                var items = _collected ?? new T[32];
                _collected = null;
                var count = 0;
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    if (count == items.Length)
                        Array.Resize(ref items, 2 * count);
                    items[count++] = read(ref reader);
                }
                var list = items.AsSpan(0, count).ToArray();
                items.AsSpan(0, count).Clear();
                _collected = items;
                return list;
            });
        }
    }

    private static class Dictionaries<T>
    {
        public static Delegate Make()
        {
            var read = ValueReader<T>.Read;
            return (ReadValue<IReadOnlyDictionary<string, T>>)((ref Utf8JsonReader reader) =>
            {
                if (reader.TokenType != JsonTokenType.StartObject)
                    throw new UnusualFormException();
                var items = new Dictionary<string, T>();
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    var name = reader.GetString()!;
                    reader.Read();
                    if (!items.TryAdd(name, read(ref reader)))
                        throw new UnusualFormException();
                }
                return items;
            });
        }
    }
}
