using System.Net;
using System.Text;
using Trading.Journal.Keys;
using Trading.Journal.Witnesses;
using Trading.TestKit.Servers;

namespace Trading.Integration.Tests.Audit;

/// <summary>A witness that never answers the first question, and all later ones at once.</summary>
internal sealed class SlowWitness : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly WitnessState _state;
    private readonly Witness _witness;
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SlowWitness(string folder, VerifierKey sealing)
    {
        _state = new(folder);
        var key = WitnessKey.LoadOrCreate($"{folder}.key", "slow.example");
        Key = WitnessKey.Of(key);
        _witness = new(key, [sealing], [], _state, TimeProvider.System);
        var url = $"http://127.0.0.1:{FreePort.Next()}/";
        Address = $"{Key}@{url}";
        _listener.Prefixes.Add(url);
        _listener.Start();
        _ = AnswerAsync();
    }

    public WitnessKey Key { get; }

    public string Address { get; }

    public Task Asked => _asked.Task;

    public void Dispose()
    {
        _listener.Close();
        _state.Dispose();
    }

    private async Task AnswerAsync()
    {
        try
        {
            while (true)
            {
                var asked = await _listener.GetContextAsync();
                if (_asked.TrySetResult())
                    continue;
                using var body = new StreamReader(asked.Request.InputStream);
                var answer = _witness.Answer(await body.ReadToEndAsync());
                asked.Response.StatusCode = answer.Verdict == WitnessVerdict.Cosigned ? 200 : 400;
                await asked.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(answer.Text));
                asked.Response.Close();
            }
        }
        catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
        {
        }
    }
}
