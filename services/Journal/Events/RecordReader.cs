using System.Linq.Expressions;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Trading.Journal.Events;

/// <summary>Compiles the function that reads a record.</summary>
internal static class RecordReader<T>
{
    // The names in the order in which PostgreSQL writes the keys of jsonb: by length, then by bytes. So the next name is nearly always the
    // first one that is compared.
    private static byte[][] _names = [];

    public static Delegate Make()
    {
        var constructor = typeof(T).GetConstructors().MaxBy(candidate => candidate.GetParameters().Length);
        if (constructor is null || constructor.GetParameters() is not { Length: > 0 and <= 64 } unordered)
            throw new NotSupportedException();
        var slots = Slots(unordered);
        _names = [.. slots.Select(slot => Encoding.UTF8.GetBytes(slot.Json))];

        var reader = Expression.Parameter(typeof(Utf8JsonReader).MakeByRefType(), "reader");
        var (at, seen, end) = (Expression.Variable(typeof(int), "at"), Expression.Variable(typeof(ulong), "seen"), Expression.Label());
        var values = slots.Select(slot => Expression.Variable(slot.Type, slot.Name)).ToList();
        var made = Expression.Variable(typeof(T), "made");
        var body = new List<Expression>
        {
            Expression.Call(typeof(RecordReader<T>), nameof(Begin), null, reader),
            Expression.Assign(at, Expression.Constant(-1)),
            Expression.Assign(seen, Expression.Constant(0UL))
        };
        var required = 0UL;
        for (var slot = 0; slot < slots.Count; slot++)
        {
            if (slots[slot].Parameter is { HasDefaultValue: true } optional)
                body.Add(Expression.Assign(values[slot], optional.DefaultValue is null
                    ? Expression.Default(optional.ParameterType) : Expression.Constant(optional.DefaultValue, optional.ParameterType)));
            else if (slots[slot].IsRequired)
                required |= 1UL << slot;
        }
        var cases = slots.Select((slot, number) => Expression.SwitchCase(Expression.Block(typeof(void),
            Expression.Assign(values[number], Value(slot, reader))), Expression.Constant(number))).ToArray();
        body.Add(Expression.Loop(
            Expression.Block(
                Expression.Assign(at, Expression.Call(typeof(RecordReader<T>), nameof(Next), null, reader, at, seen)),
                Expression.IfThen(Expression.LessThan(at, Expression.Constant(0)), Expression.Break(end)),
                Expression.Switch(typeof(void), at, null, null, cases)),
            end));
        body.Add(Expression.Call(typeof(RecordReader<T>), nameof(End), null, seen, Expression.Constant(required)));
        body.Add(Expression.Assign(made,
            Expression.New(constructor, unordered.Select(parameter => values[slots.FindIndex(slot => slot.Parameter == parameter)]))));
        for (var slot = 0; slot < slots.Count; slot++)
        {
            if (slots[slot].Property is { } property)
                body.Add(Expression.IfThen(
                    Expression.NotEqual(Expression.And(seen, Expression.Constant(1UL << slot)), Expression.Constant(0UL)),
                    Expression.Assign(Expression.Property(made, property), values[slot])));
        }
        body.Add(made);
        return Expression.Lambda<ReadValue<T>>(Expression.Block(typeof(T), [at, seen, made, .. values], body), reader).Compile();
    }

    // What the JSON may name, in the order of the keys of jsonb.
    private static List<Slot> Slots(ParameterInfo[] unordered)
    {
        var properties = typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance);
        // Properties that are set outside the constructor are read too; those with a converter or another attribute are left to
        // System.Text.Json.
        var besides = properties.Where(property =>
            property.SetMethod is { IsPublic: true } && unordered.All(parameter => parameter.Name != property.Name)).ToList();
        if (besides.Count + unordered.Length > 64
            || properties.Any(
                property => (property.SetMethod is not null || unordered.Any(parameter => parameter.Name == property.Name))
                    && property.GetCustomAttributes<JsonAttribute>()
                        .Any(attribute => attribute is not JsonIgnoreAttribute { Condition: not JsonIgnoreCondition.Always })))
            throw new NotSupportedException();
        var nullability = new NullabilityInfoContext();
        return [.. unordered.Select(parameter => new Slot(parameter.Name!, parameter.ParameterType, !parameter.HasDefaultValue,
            nullability.Create(parameter).WriteState == NullabilityState.Nullable, parameter, null))
            .Concat(besides.Select(property => new Slot(
                property.Name,
                property.PropertyType, property.IsDefined(typeof(System.Runtime.CompilerServices.RequiredMemberAttribute)),
                nullability.Create(property).WriteState == NullabilityState.Nullable, null, property)))
            .OrderBy(slot => slot.Json.Length).ThenBy(slot => slot.Json, StringComparer.Ordinal)];
    }

    private static Expression Value(Slot slot, ParameterExpression reader)
    {
        var read = typeof(ValueReader<>).MakeGenericType(slot.Type).GetField(nameof(ValueReader<>.Read))!.GetValue(null)!;
        var value = Expression.Invoke(Expression.Constant(read), reader);
        return !slot.Type.IsValueType && slot.MayBeNull
            ? Expression.Condition(Expression.Call(typeof(RecordReader<T>), nameof(IsNull), null, reader),
                Expression.Default(slot.Type), value)
            : value;
    }

    private static bool IsNull(ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.Null;

    private static void Begin(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new UnusualFormException();
    }

    private static void End(ulong seen, ulong required)
    {
        if ((seen & required) != required)
            throw new UnusualFormException();
    }

    // A value of the record: an argument of its constructor, or a property that is set afterwards.
    private sealed record Slot(
        string Name, Type Type, bool IsRequired, bool MayBeNull, ParameterInfo? Parameter, PropertyInfo? Property)
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
        throw new UnusualFormException();
    }
}
