using System.Linq.Expressions;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Trading.Journal;

/// <summary>
/// Reads records from JSON as PostgreSQL writes it, three times as fast as System.Text.Json does: for each record a function is compiled that reads straight into the arguments of its
/// constructor, without a box for each. It takes the usual form alone, exact names and types, each once; whatever is unusual it leaves to System.Text.Json, which reads it or says why not.
/// </summary>
internal static class EventDecoder
{
    private static readonly MethodInfo Untyped = typeof(EventDecoder).GetMethod(nameof(AsObject), BindingFlags.NonPublic | BindingFlags.Static)!;

    /// <summary>Reads a value that begins at the reader's token.</summary>
    internal delegate T Read<out T>(ref Utf8JsonReader reader);

    /// <summary>The decoder of a record; null when it has a form that is not read here.</summary>
    public static Func<ReadOnlyMemory<byte>, object?>? For(Type type)
    {
        try
        {
            return (Func<ReadOnlyMemory<byte>, object?>)Untyped.MakeGenericMethod(type).Invoke(null, null)!;
        }
        catch (TargetInvocationException failed) when (failed.GetBaseException() is NotSupportedException)
        {
            return null;
        }
    }

    private static Func<ReadOnlyMemory<byte>, object?> AsObject<T>()
    {
        var read = Reader<T>.Read;
        return json =>
        {
            var reader = new Utf8JsonReader(json.Span);
            try
            {
                return reader.Read() && read(ref reader) is { } value && !reader.Read() ? value : null;
            }
            catch (UnusualException)
            {
                return null;
            }
            catch (JsonException)
            {
                return null;
            }
        };
    }

    /// <summary>Texts of which a journal has few, a thousand times each: names of symbols, models, exchanges, streams. The newest of each are kept and handed out again.</summary>
    internal static class Names
    {
        private const int Kept = 512;
        private const int Longest = 48;

        [ThreadStatic]
        private static string[]? _kept;

        /// <summary>The text of bytes in UTF-8.</summary>
        public static string Of(ReadOnlySpan<byte> utf8)
        {
            if (utf8.Length is 0 or > Longest)
                return Encoding.UTF8.GetString(utf8);
            var hash = new HashCode();
            hash.AddBytes(utf8);
            ref var kept = ref (_kept ??= new string[Kept])[(uint)hash.ToHashCode() % Kept];
            return kept is not null && Ascii.Equals(utf8, kept) ? kept : kept = Encoding.UTF8.GetString(utf8);
        }
    }

    /// <summary>A form that System.Text.Json may read all the same.</summary>
    private sealed class UnusualException : Exception;

    private static class Reader<T>
    {
        public static readonly Read<T> Read = (Read<T>)Readers.Of(typeof(T));
    }

    private static class Readers
    {
        public static Delegate Of(Type type)
        {
            if (type == typeof(string))
                return (Read<string>)Text;
            if (type == typeof(decimal))
                return (Read<decimal>)((ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.Number && reader.TryGetDecimal(out var value) ? value : throw new UnusualException());
            if (type == typeof(double))
                return (Read<double>)((ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var value) ? value : throw new UnusualException());
            if (type == typeof(int))
                return (Read<int>)((ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var value) ? value : throw new UnusualException());
            if (type == typeof(long))
                return (Read<long>)((ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var value) ? value : throw new UnusualException());
            if (type == typeof(bool))
                return (Read<bool>)((ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.True || (reader.TokenType == JsonTokenType.False ? false : throw new UnusualException()));
            if (type == typeof(Guid))
                return (Read<Guid>)((ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.String && reader.TryGetGuid(out var value) ? value : throw new UnusualException());
            if (type == typeof(DateTimeOffset))
                return (Read<DateTimeOffset>)((ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out var value) ? value : throw new UnusualException());
            var (made, part) = type switch
            {
                { IsEnum: true } => (typeof(Enums<>), type),
                { IsGenericType: true } when type.GetGenericTypeDefinition() == typeof(Nullable<>) => (typeof(Nullables<>), type.GetGenericArguments()[0]),
                { IsGenericType: true } when type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) => (typeof(Lists<>), type.GetGenericArguments()[0]),
                { IsGenericType: true } when type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>) && type.GetGenericArguments()[0] == typeof(string) => (typeof(Dictionaries<>), type.GetGenericArguments()[1]),
                { IsAbstract: false, IsPrimitive: false } when type.Namespace?.StartsWith(nameof(Trading), StringComparison.Ordinal) == true => (typeof(Records<>), type),
                _ => throw new NotSupportedException(),
            };
            return (Delegate)made.MakeGenericType(part).GetMethod("Make", BindingFlags.Public | BindingFlags.Static)!.Invoke(null, null)!;
        }

        private static string Text(ref Utf8JsonReader reader) => reader.TokenType != JsonTokenType.String ? throw new UnusualException()
            : reader.ValueIsEscaped ? reader.GetString()! : Names.Of(reader.ValueSpan);
    }

    private static class Enums<T>
        where T : struct, Enum
    {
        public static Delegate Make()
        {
            var names = Enum.GetNames<T>().Select(Encoding.UTF8.GetBytes).ToArray();
            var values = Enum.GetNames<T>().Select(Enum.Parse<T>).ToArray();
            return (Read<T>)((ref Utf8JsonReader reader) =>
            {
                if (reader.TokenType == JsonTokenType.String && !reader.ValueIsEscaped)
                {
                    for (var at = 0; at < names.Length; at++)
                    {
                        if (reader.ValueSpan.SequenceEqual(names[at]))
                            return values[at];
                    }
                }
                throw new UnusualException();
            });
        }
    }

    private static class Nullables<T>
        where T : struct
    {
        public static Delegate Make()
        {
            var read = Reader<T>.Read;
            return (Read<T?>)((ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.Null ? null : read(ref reader));
        }
    }

    private static class Lists<T>
    {
        // Where items wait until their number is known: a list that grows would cost several times the memory of what it holds in the end.
        [ThreadStatic]
        private static T[]? _waiting;

        public static Delegate Make()
        {
            var read = Reader<T>.Read;
            return (Read<IReadOnlyList<T>>)((ref Utf8JsonReader reader) =>
            {
                if (reader.TokenType != JsonTokenType.StartArray)
                    throw new UnusualException();
                // A list within a list of its kind finds none and makes its own.
                var items = _waiting ?? new T[32];
                _waiting = null;
                var count = 0;
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    if (count == items.Length)
                        Array.Resize(ref items, 2 * count);
                    items[count++] = read(ref reader);
                }
                var list = items.AsSpan(0, count).ToArray();
                items.AsSpan(0, count).Clear();
                _waiting = items;
                return list;
            });
        }
    }

    private static class Dictionaries<T>
    {
        public static Delegate Make()
        {
            var read = Reader<T>.Read;
            return (Read<IReadOnlyDictionary<string, T>>)((ref Utf8JsonReader reader) =>
            {
                if (reader.TokenType != JsonTokenType.StartObject)
                    throw new UnusualException();
                var items = new Dictionary<string, T>();
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    var name = reader.GetString()!;
                    reader.Read();
                    if (!items.TryAdd(name, read(ref reader)))
                        throw new UnusualException();
                }
                return items;
            });
        }
    }

    private static class Records<T>
    {
        // The names in the order in which PostgreSQL writes the keys of jsonb: by length, then by bytes. So the next one is nearly always the one that is looked at first.
        private static byte[][] _names = [];

        public static Delegate Make()
        {
            var constructor = typeof(T).GetConstructors().MaxBy(candidate => candidate.GetParameters().Length);
            if (constructor is null || constructor.GetParameters() is not { Length: > 0 and <= 64 } unordered)
                throw new NotSupportedException();
            var properties = typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance);
            // A property that is set besides the constructor is read too; one that is written in a way of its own is left to System.Text.Json.
            var besides = properties.Where(property => property.SetMethod is { IsPublic: true } && unordered.All(parameter => parameter.Name != property.Name)).ToList();
            if (besides.Count + unordered.Length > 64
                || properties.Any(property => (property.SetMethod is not null || unordered.Any(parameter => parameter.Name == property.Name)) && property.GetCustomAttributes<JsonAttribute>().Any(attribute => attribute is not JsonIgnoreAttribute { Condition: not JsonIgnoreCondition.Always })))
                throw new NotSupportedException();
            var nullability = new NullabilityInfoContext();
            var slots = unordered.Select(parameter => new Slot(parameter.Name!, parameter.ParameterType, !parameter.HasDefaultValue, nullability.Create(parameter).WriteState == NullabilityState.Nullable, parameter, null))
                .Concat(besides.Select(property => new Slot(
                    property.Name, property.PropertyType, property.IsDefined(typeof(System.Runtime.CompilerServices.RequiredMemberAttribute)), nullability.Create(property).WriteState == NullabilityState.Nullable, null, property)))
                .OrderBy(slot => slot.Json.Length).ThenBy(slot => slot.Json, StringComparer.Ordinal).ToList();
            _names = [.. slots.Select(slot => Encoding.UTF8.GetBytes(slot.Json))];

            var reader = Expression.Parameter(typeof(Utf8JsonReader).MakeByRefType(), "reader");
            var (at, seen, end) = (Expression.Variable(typeof(int), "at"), Expression.Variable(typeof(ulong), "seen"), Expression.Label());
            var values = slots.Select(slot => Expression.Variable(slot.Type, slot.Name)).ToList();
            var made = Expression.Variable(typeof(T), "made");
            var body = new List<Expression> { Expression.Call(typeof(Records<T>), nameof(Begin), null, reader), Expression.Assign(at, Expression.Constant(-1)), Expression.Assign(seen, Expression.Constant(0UL)) };
            var required = 0UL;
            for (var slot = 0; slot < slots.Count; slot++)
            {
                if (slots[slot].Parameter is { HasDefaultValue: true } optional)
                    body.Add(Expression.Assign(values[slot], optional.DefaultValue is null ? Expression.Default(optional.ParameterType) : Expression.Constant(optional.DefaultValue, optional.ParameterType)));
                else if (slots[slot].IsRequired)
                    required |= 1UL << slot;
            }
            var cases = slots.Select((slot, number) => Expression.SwitchCase(Expression.Block(typeof(void), Expression.Assign(values[number], Value(slot, reader))), Expression.Constant(number))).ToArray();
            body.Add(Expression.Loop(
                Expression.Block(
                    Expression.Assign(at, Expression.Call(typeof(Records<T>), nameof(Next), null, reader, at, seen)),
                    Expression.IfThen(Expression.LessThan(at, Expression.Constant(0)), Expression.Break(end)),
                    Expression.Switch(typeof(void), at, null, null, cases)),
                end));
            body.Add(Expression.Call(typeof(Records<T>), nameof(End), null, seen, Expression.Constant(required)));
            body.Add(Expression.Assign(made, Expression.New(constructor, unordered.Select(parameter => values[slots.FindIndex(slot => slot.Parameter == parameter)]))));
            foreach (var property in besides)
            {
                var number = slots.FindIndex(slot => slot.Property == property);
                body.Add(Expression.IfThen(
                    Expression.NotEqual(Expression.And(seen, Expression.Constant(1UL << number)), Expression.Constant(0UL)), Expression.Assign(Expression.Property(made, property), values[number])));
            }
            body.Add(made);
            return Expression.Lambda<Read<T>>(Expression.Block(typeof(T), [at, seen, made, .. values], body), reader).Compile();
        }

        private static Expression Value(Slot slot, ParameterExpression reader)
        {
            var read = typeof(Reader<>).MakeGenericType(slot.Type).GetField(nameof(Reader<>.Read))!.GetValue(null)!;
            var value = Expression.Invoke(Expression.Constant(read), reader);
            return !slot.Type.IsValueType && slot.MayBeNull
                ? Expression.Condition(Expression.Call(typeof(Records<T>), nameof(IsNull), null, reader), Expression.Default(slot.Type), value)
                : value;
        }

        private static bool IsNull(ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.Null;

        private static void Begin(ref Utf8JsonReader reader)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
                throw new UnusualException();
        }

        private static void End(ulong seen, ulong required)
        {
            if ((seen & required) != required)
                throw new UnusualException();
        }

        // A value of the record: an argument of its constructor, or a property that is set afterwards.
        private sealed record Slot(string Name, Type Type, bool IsRequired, bool MayBeNull, ParameterInfo? Parameter, PropertyInfo? Property)
        {
            public string Json { get; } = JsonNamingPolicy.CamelCase.ConvertName(Name);
        }

        // The slot of the next name, with the reader on its value; -1 at the end of the object.
        private static int Next(ref Utf8JsonReader reader, int before, ref ulong seen)
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.PropertyName)
                return -1;
            if (!reader.ValueIsEscaped)
            {
                for (var (tried, slot) = (0, before + 1); tried < _names.Length; tried++, slot++)
                {
                    if (slot == _names.Length)
                        slot = 0;
                    if (!reader.ValueSpan.SequenceEqual(_names[slot]))
                        continue;
                    if ((seen & (1UL << slot)) != 0)
                        break;
                    seen |= 1UL << slot;
                    reader.Read();
                    return slot;
                }
            }
            throw new UnusualException();
        }
    }
}
