using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Trading.Cli.Backtests;
using Trading.Research.Backtests;

namespace Trading.Cli.Research;

/// <summary>One setting and what came of it.</summary>
/// <param name="Setting">Its number in the space.</param>
/// <param name="Values">The values of the parameters, in their order.</param>
/// <param name="Scores">One for each objective, more is better; not a number where the result does not define it.</param>
/// <param name="TotalReturn">What the account made, as a share.</param>
/// <param name="MaxDrawdown">Deepest fall, as a share.</param>
/// <param name="SharpePerDay">Sharpe ratio of the daily returns, not annualised.</param>
/// <param name="Trades">Closed trades.</param>
/// <param name="Days">Daily returns, as 32-bit numbers in base64.</param>
/// <param name="Refused">Why the values are not allowed together; null when they are.</param>
public sealed record Trial(
    long Setting, IReadOnlyList<decimal> Values, double[] Scores, double TotalReturn, double MaxDrawdown, double SharpePerDay,
    int Trades, string Days, string? Refused)
{
    /// <summary>The daily returns.</summary>
    public double[] DailyReturns() =>
        [.. MemoryMarshal.Cast<byte, float>(Convert.FromBase64String(Days)).ToArray().Select(value => (double)value)];

    /// <summary>The trial of a result.</summary>
    public static Trial Of(long setting, IReadOnlyList<decimal> values, BacktestResult result,
        IReadOnlyList<Objective> objectives, double riskFreePercent)
    {
        var performance = result.Performance(riskFreePercent);
        return new(
            setting, values, [.. objectives.Select(objective => objective.Score(result, riskFreePercent))], result.TotalReturn,
            (double)result.MaxDrawdown, performance.SharpePerPeriod,
            result.Trades.Count,
            Convert.ToBase64String(MemoryMarshal.AsBytes(performance.Returns.Select(value => (float)value).ToArray().AsSpan())), null);
    }

    /// <summary>A setting whose values are not allowed together.</summary>
    public static Trial Forbidden(long setting, IReadOnlyList<decimal> values, int objectives, string violation) =>
        new(setting, values, [.. Enumerable.Repeat(double.NaN, objectives)], double.NaN, double.NaN, double.NaN, 0, "", violation);
}

/// <summary>
/// Trials in a file, one JSON line each, after a line that says what they are trials of. A search that was interrupted goes on from it; a
/// file of another question is refused and not touched.
/// </summary>
public sealed class TrialFile : IDisposable
{
    private static readonly JsonSerializerOptions Json =
        new(JsonSerializerDefaults.Web) { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private readonly Lock _lock = new();
    private readonly StreamWriter _writer;

    /// <summary>Opens a file, or begins it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="question">What the trials are of: data, settings, parameters, objectives.</param>
    /// <exception cref="BacktestException">The file holds something else.</exception>
    public TrialFile(string path, string question)
    {
        if (File.Exists(path) && new FileInfo(path).Length > 0)
            Read(path, question);
        _writer = new(new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read)) { AutoFlush = true };
        _writer.BaseStream.SetLength(_length);
        _writer.BaseStream.Seek(0, SeekOrigin.End);
        if (_length == 0)
            _writer.WriteLine(question);
    }

    private long _length;

    /// <summary>The trials that were there, by setting.</summary>
    public Dictionary<long, Trial> Known { get; } = [];

    /// <summary>Adds a trial; from any thread.</summary>
    public void Add(Trial trial)
    {
        lock (_lock)
            _writer.WriteLine(JsonSerializer.Serialize(trial, Json));
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();

    // The last line may have been cut off when the program was killed: it is cut away, and its setting tried again.
    private void Read(string path, string question)
    {
        var text = File.ReadAllBytes(path);
        var line = 0;
        for (var begin = 0; begin < text.Length; line++)
        {
            var length = text.AsSpan(begin).IndexOf((byte)'\n');
            if (length < 0)
                break;
            var bytes = text.AsSpan(begin, length).TrimEnd((byte)'\r');
            if (line == 0)
            {
                if (!bytes.SequenceEqual(System.Text.Encoding.UTF8.GetBytes(question)))
                    throw new BacktestException($"{path} holds the results of another search (other data, settings, "
                        + "parameters or objectives): name another file, or remove it");
            }
            else
            {
                try
                {
                    var trial = JsonSerializer.Deserialize<Trial>(bytes, Json)!;
                    Known[trial.Setting] = trial;
                }
                catch (JsonException broken)
                {
                    throw new BacktestException(
                        string.Create(CultureInfo.InvariantCulture, $"line {line + 1} of {path} is no result: {broken.Message}"));
                }
            }
            begin += length + 1;
            _length = begin;
        }
    }
}
