using System.ComponentModel;
using System.Diagnostics;
using Amazon.CDK;

namespace Trading.Infra;

/// <summary>Every stack of a deployment.</summary>
public static class TradingApp
{
    // As the services: what was asked for is wrong.
    private const int WrongSettings = 78;

    /// <summary>Makes the templates that the command line of the CDK deploys; gives the exit code.</summary>
    public static int Run()
    {
        if (!HasNode())
            return Say("node is missing: the CDK makes its templates with it; install Node.js 18 or newer, so that `node --version` works");
        var app = new App();
        try
        {
            Build(app, Deployment.Read(key => app.Node.TryGetContext(key)?.ToString(), System.Environment.GetEnvironmentVariable));
        }
        catch (DeploymentException wrong)
        {
            return Say(wrong.Message);
        }
        app.Synth();
        return 0;
    }

    /// <summary>Adds the stacks to an app.</summary>
    public static IReadOnlyList<TradingStack> Build(App app, Deployment deployment)
    {
        var network = new NetworkStack(app, deployment);
        var cluster = new ClusterStack(app, deployment, network);
        var messaging = new MessagingStack(app, deployment);
        var data = new DataIngestionStack(app, deployment, messaging);
        var journal = new JournalStack(app, deployment, network, cluster);
        var predictions = new PredictionsStack(app, deployment, messaging, data, journal);
        var engine = new TradingEngineStack(app, deployment, messaging, data, journal);
        var monitoring = new MonitoringStack(app, deployment, network, messaging);
        // Pod identities name the cluster, and buckets the one that their logs go to.
        foreach (var stack in new TradingStack[] { messaging, data, journal, predictions, engine, monitoring })
            stack.AddDependency(cluster);
        journal.AddDependency(data);
        return [network, cluster, messaging, data, journal, predictions, engine, monitoring];
    }

    private static int Say(string lines)
    {
        foreach (var line in lines.Split('\n'))
            Console.Error.WriteLine($"trading-infra: {line}");
        return WrongSettings;
    }

    private static bool HasNode()
    {
        try
        {
            using var node = Process.Start(new ProcessStartInfo("node", "--version") { RedirectStandardOutput = true })!;
            node.WaitForExit();
            return node.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
