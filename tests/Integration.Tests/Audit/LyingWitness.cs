using System.Net;
using System.Text;
using Trading.TestKit.Servers;

namespace Trading.Integration.Tests.Audit;

/// <summary>Answers every question with 409 and a size that changes, or never.</summary>
internal sealed class LyingWitness : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly string? _answer;
    private int _asked;

    public LyingWitness(string? answer)
    {
        _answer = answer;
        Url = $"http://127.0.0.1:{FreePort.Next()}/";
        _listener.Prefixes.Add(Url);
        _listener.Start();
        _ = AnswerAsync();
    }

    public string Url { get; }

    public void Dispose() => _listener.Close();

    private async Task AnswerAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext asked;
            try
            {
                asked = await _listener.GetContextAsync();
            }
            catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
            if (_answer is null)
                continue;
            asked.Response.StatusCode = 409;
            asked.Response.ContentType = "text/x.tlog.size";
            // An old size, and another one when it is asked with that.
            var bytes = Encoding.UTF8.GetBytes(_asked++ % 2 == 0 ? _answer : "1\n");
            await asked.Response.OutputStream.WriteAsync(bytes);
            asked.Response.Close();
        }
    }
}
