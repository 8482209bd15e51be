using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using Trading.Aws;
using Trading.TestKit.Aws;
using Xunit.Sdk;

namespace Trading.TestKit.Servers;

/// <summary>
/// The servers that stand for AWS: dynalite and fauxqs, which come with npm, and moto where it is installed. Each is started when the first
/// test asks for it.
/// </summary>
public static class StoreServers
{
    /// <summary>Region of all of them.</summary>
    public const string Region = ProtocolServer.Region;

    private static readonly Lazy<Task<LocalDynamoDb>> Dynalite = new(() => LocalDynamoDb.StartAsync());
    private static readonly Lazy<Task<Moto>> MotoServer = new(Moto.StartAsync);
    private static int _names;

    /// <summary>Whether moto is installed.</summary>
    public static string? MotoProgram { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, "moto_server")).FirstOrDefault(File.Exists);

    /// <summary>Where a server's DynamoDB, S3 or Timestream is.</summary>
    /// <param name="server">dynalite, fauxqs or moto.</param>
    public static async Task<AwsPlace> PlaceAsync(string server) => new(Region, server switch
    {
        "dynalite" => (await Dynalite.Value).Url.ToString(),
        "fauxqs" => (await AwsEndpoint.UrlAsync()).ToString(),
        _ => (await MotoServer.Value).Url,
    });

    /// <summary>A name that no other test has.</summary>
    public static string NewName(string what) => $"{what}-{Environment.ProcessId}-{Interlocked.Increment(ref _names)}";

    /// <summary>
    /// What the SDK's chain finds in this process and in the programs that it starts, whatever the machine is set to. The recording servers
    /// know this key.
    /// </summary>
    [ModuleInitializer]
    internal static void SetKeys()
    {
        Environment.SetEnvironmentVariable("AWS_SESSION_TOKEN", null);
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", AwsKey.Example.AccessKey);
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", AwsKey.Example.SecretKey);
    }

    internal static async Task StopAsync()
    {
        if (Dynalite.IsValueCreated)
            await (await Dynalite.Value).DisposeAsync();
        if (MotoServer.IsValueCreated)
            (await MotoServer.Value).Dispose();
    }

    private sealed class Moto(Process process, string url) : IDisposable
    {
        private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(5);

        public string Url => url;

        public static async Task<Moto> StartAsync()
        {
            var port = FreePort.Next();
            var process = Process.Start(new ProcessStartInfo(MotoProgram!,
                ["-H", "127.0.0.1", "-p", $"{port}"])
            { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var ready = new TaskCompletionSource();
            process.OutputDataReceived += (_, line) => Look(line.Data);
            process.ErrorDataReceived += (_, line) => Look(line.Data);
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            await ready.Task.WaitAsync(StartLimit);
            return new(process, $"http://127.0.0.1:{port}");

            void Look(string? line)
            {
                if (line is null || line.Contains("Running on", StringComparison.Ordinal))
                    ready.TrySetResult();
            }
        }

        public void Dispose()
        {
            process.Kill(entireProcessTree: true);
            process.Dispose();
        }
    }
}

/// <summary>Runs a test against a server that npm provides.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class OnAttribute(string server) : DataAttribute
{
    /// <inheritdoc/>
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [[server]];
}

/// <summary>Runs a test against moto; says that it does not where moto is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OnMotoAttribute : DataAttribute
{
    public OnMotoAttribute()
    {
        if (StoreServers.MotoProgram is null)
            Skip = "moto_server is not installed";
    }

    /// <inheritdoc/>
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [["moto"]];
}
