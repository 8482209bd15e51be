using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Trading.Hosting.Settings;
using Trading.TestKit.Control;
using Trading.TestKit.Pipeline;

namespace Trading.Integration.Tests.Control;

/// <summary>The operator's control over HTTP, asked.</summary>
public abstract class ControlApiTest : SerialTest
{
    private protected static async Task<ControlHost> StartAsync(TradingSettings settings, string database)
    {
        var host = await ControlHost.StartAsync(settings, database);
        // The account is opened with the first decision; an operator may be earlier only where it has been opened before.
        await host.OpenAccountAsync();
        return host;
    }

    private protected static async Task<(int Status, string Body)> AskAsync(
        ControlHost host, HttpMethod method, string command, string? token, string body = "", IPAddress? at = null)
    {
        using var http = new HttpClient();
        var address = at is null ? new UriBuilder(host.Address) { Host = "127.0.0.1" } : new UriBuilder(host.Address) { Host = $"{at}" };
        using var question = new HttpRequestMessage(method, new Uri(address.Uri, $"/control/{command}"));
        if (method != HttpMethod.Get)
            question.Content = new StringContent(body, Encoding.UTF8, "application/json");
        if (token is not null)
            question.Headers.Authorization = AuthenticationHeaderValue.Parse($"Bearer {(token.Length == 0 ? "-" : token)}");
        using var answer = await http.SendAsync(question);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
