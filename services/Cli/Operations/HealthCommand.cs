using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Trading.Cli.Shared;

namespace Trading.Cli.Operations;

/// <summary>Asks a running program whether it is healthy, from within its container: an image without a shell has no curl.</summary>
public static class HealthCommand
{
    private const string PortVariable = "Trading__HttpPort", CertificateVariable = "Trading__HttpCertificateFile";
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(4);

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var url = new Option<Uri>("--url")
        {
            Description = $"the page that is asked; /health/ready on the port in {PortVariable} by default",
            HelpName = "url",
            CustomParser = AddressParser.Parse
        };
        var command =
            new Command("health",
                "Asks a running program whether it is healthy. Ends with 0 when it is, with 1 when it is not or does not answer.") { url };
        command.SetAction((parsed, cancellation) => AskAsync(parsed.GetValue(url) ?? Default(), cancellation));
        return command;
    }

    private static Uri Default() => new((Environment.GetEnvironmentVariable(CertificateVariable) is { Length: > 0 } ? "https" : "http")
        + $"://127.0.0.1:{Environment.GetEnvironmentVariable(PortVariable) ?? "8080"}/health/ready");

    private static async Task<int> AskAsync(Uri url, CancellationToken cancellation)
    {
        // On this machine the certificate's name is another one: the question is only whether the program is well.
        using var way = new HttpClientHandler();
        if (url.IsLoopback)
            way.ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator;
        using var http = new HttpClient(way) { Timeout = Timeout };
        try
        {
            using var answer = await http.GetAsync(url, cancellation);
            if (answer.StatusCode == HttpStatusCode.OK)
                return 0;
            Console.Error.WriteLine($"trading: {url} answered {(int)answer.StatusCode}");
        }
        catch (HttpRequestException unreachable)
        {
            Console.Error.WriteLine($"trading: {url} does not answer: "
                + $"{(unreachable.GetBaseException() is SocketException socket ? socket.Message : unreachable.Message)}");
        }
        catch (TaskCanceledException) when (!cancellation.IsCancellationRequested)
        {
            Console.Error.WriteLine($"trading: {url} has not answered within {Timeout.TotalSeconds:0} s");
        }
        return 1;
    }
}
