using System.Collections;
using System.Globalization;
using System.Linq.Expressions;
using System.Text;
using JasperFx.Events;
using Marten.Exceptions;
using Npgsql;

namespace Marten.Linq;

/// <summary>A query that runs in the database.</summary>
public interface IMartenQueryable<T> : IQueryable<T>;

/// <summary>The query over all events. It is put together by LINQ and translated when its results are asked for.</summary>
internal sealed class RawEventQuery : IMartenQueryable<IEvent>, IOrderedQueryable<IEvent>, IQueryProvider
{
    private readonly Func<string, List<NpgsqlParameter>, CancellationToken, Task<List<IEvent>>> _run;

    public RawEventQuery(Func<string, List<NpgsqlParameter>, CancellationToken, Task<List<IEvent>>> run)
    {
        _run = run;
        Expression = Expression.Constant(this);
    }

    private RawEventQuery(Func<string, List<NpgsqlParameter>, CancellationToken, Task<List<IEvent>>> run, Expression expression)
    {
        _run = run;
        Expression = expression;
    }

    public Type ElementType => typeof(IEvent);

    public Expression Expression { get; }

    public IQueryProvider Provider => this;

    public async Task<IReadOnlyList<IEvent>> ToListAsync(CancellationToken token)
    {
        var translation = new Translation();
        translation.Visit(Expression);
        return await _run(translation.Sql, translation.Parameters, token);
    }

    public IQueryable CreateQuery(Expression expression) => new RawEventQuery(_run, expression);

    public IQueryable<TElement> CreateQuery<TElement>(Expression expression) =>
        new RawEventQuery(_run, expression) as IQueryable<TElement> ?? throw Unsupported(expression);

    public object Execute(Expression expression) => throw Unsupported(expression);

    public TResult Execute<TResult>(Expression expression) => throw Unsupported(expression);

    public IEnumerator<IEvent> GetEnumerator() => throw new NotSupportedException("Read this query with ToListAsync.");

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static BadLinqExpressionException Unsupported(Expression expression) => new(
        $"'{expression}' cannot be translated. Where (comparisons joined by &&), OrderBy(e => e.Sequence), Take and ToListAsync can.");

    /// <summary>The conditions, the order and the limit as SQL.</summary>
    private sealed class Translation
    {
        private readonly StringBuilder _where = new();
        private bool _ordered;
        private int? _limit;

        public List<NpgsqlParameter> Parameters { get; } = [];

        public string Sql => _where + (_ordered ? " order by d.seq_id" : "") +
            (_limit is { } limit ? string.Create(CultureInfo.InvariantCulture, $" limit {limit}") : "");

        public void Visit(Expression expression)
        {
            if (expression is ConstantExpression { Value: RawEventQuery })
                return;
            if (expression is not MethodCallExpression call || call.Method.DeclaringType != typeof(Queryable))
                throw Unsupported(expression);
            Visit(call.Arguments[0]);
            // What comes after a limit would apply to its results, which this SQL does not express.
            if (_limit is not null)
                throw Unsupported(expression);
            switch (call.Method.Name, call.Arguments[1])
            {
                case (nameof(Queryable.Where), UnaryExpression { Operand: LambdaExpression { Parameters.Count: 1 } predicate }):
                    Condition(predicate.Body);
                    break;
                case (nameof(Queryable.OrderBy), UnaryExpression { Operand: LambdaExpression { Body: MemberExpression { Member.Name: nameof(IEvent.Sequence) } } })
                    when call.Arguments.Count == 2 && !_ordered:
                    _ordered = true;
                    break;
                case (nameof(Queryable.Take), var count) when count.Type == typeof(int):
                    _limit = (int)Value(count)!;
                    break;
                default:
                    throw Unsupported(expression);
            }
        }

        private void Condition(Expression expression)
        {
            if (expression is not BinaryExpression binary)
                throw Unsupported(expression);
            if (binary.NodeType == ExpressionType.AndAlso)
            {
                Condition(binary.Left);
                Condition(binary.Right);
                return;
            }
            var (column, value, comparison) = Column(binary.Left) is { } left
                ? (left, binary.Right, binary.NodeType)
                : (Column(binary.Right) ?? throw Unsupported(expression), binary.Left, Mirror(binary.NodeType));
            var sign = comparison switch
            {
                ExpressionType.Equal => "=",
                ExpressionType.GreaterThan => ">",
                ExpressionType.GreaterThanOrEqual => ">=",
                ExpressionType.LessThan => "<",
                ExpressionType.LessThanOrEqual => "<=",
                _ => throw Unsupported(expression)
            };
            Parameters.Add(Value(value) switch
            {
                DateTimeOffset time => new NpgsqlParameter<DateTimeOffset>("", time.ToUniversalTime()),
                { } other => new NpgsqlParameter { Value = other },
                null => throw Unsupported(expression)
            });
            _where.Append(CultureInfo.InvariantCulture, $" and {column} {sign} ${Parameters.Count}");
        }

        private static string? Column(Expression expression)
        {
            if (expression is UnaryExpression { NodeType: ExpressionType.Convert } convert)
                expression = convert.Operand;
            return expression is not MemberExpression { Expression: ParameterExpression } member ? null : member.Member.Name switch
            {
                nameof(IEvent.Sequence) => "d.seq_id",
                nameof(IEvent.Version) => "d.version",
                nameof(IEvent.Timestamp) => "d.timestamp",
                nameof(IEvent.StreamKey) => "d.stream_id",
                nameof(IEvent.EventTypeName) => "d.type",
                _ => throw Unsupported(expression)
            };
        }

        private static ExpressionType Mirror(ExpressionType comparison) => comparison switch
        {
            ExpressionType.GreaterThan => ExpressionType.LessThan,
            ExpressionType.GreaterThanOrEqual => ExpressionType.LessThanOrEqual,
            ExpressionType.LessThan => ExpressionType.GreaterThan,
            ExpressionType.LessThanOrEqual => ExpressionType.GreaterThanOrEqual,
            _ => comparison
        };

        private static object? Value(Expression expression) =>
            Expression.Lambda<Func<object?>>(Expression.Convert(expression, typeof(object))).Compile(preferInterpretation: true)();
    }
}
