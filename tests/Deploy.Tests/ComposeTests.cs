using Trading.Hosting.Settings;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;

namespace Trading.Deploy.Tests;

/// <summary>
/// The compose file, with the standby's beside it, starts on a fresh machine, in the right order, open to this machine alone.
/// </summary>
public sealed class ComposeTests
{
    private static readonly string[] Apart = ["price-collector", "predictor", "risk-manager", "executor"];

    // fauxqs starts a name server of its own, as root.
    private static readonly string[] NotHardened = ["aws"];
    private static readonly JsonNode Standby = Yaml.File("docker-compose.standby.yml");
    private static readonly JsonNode Compose = Merged(Yaml.File("docker-compose.yml"), Standby);
    private static readonly IReadOnlyDictionary<string, JsonNode> Services = Compose["services"]!.AsObject()
        .ToDictionary(pair => pair.Key, pair => pair.Value!);

    [Fact]
    public void every_service_is_confined()
    {
        Assert.All(Services, service => Assert.Equal("no-new-privileges:true", service.Value.Text("security_opt/0")));
        Assert.All(Services.Where(service => !NotHardened.Contains(service.Key)), service =>
        {
            Assert.Equal("true", service.Value.Text("read_only"));
            Assert.Equal("ALL", service.Value.Text("cap_drop/0"));
            Assert.True(
                service.Value.Text("user") is { } user && (service.Key == "secrets" || !user.StartsWith("0:", StringComparison.Ordinal)),
                $"{service.Key} runs as root");
        });
    }

    [Fact]
    public void ports_are_open_to_this_machine_alone() =>
        Assert.All(Services.SelectMany(service => service.Value.List("ports")),
            port => Assert.StartsWith("127.0.0.1:", port.ToString(), StringComparison.Ordinal));

    [Fact]
    public void every_service_ends_once_or_is_healthy_and_starts_again()
    {
        foreach (var (name, service) in Services)
        {
            var once = Waits.Any(wait => wait.On == name && wait.Condition == "service_completed_successfully");
            Assert.True(once || service.Text("restart") == "unless-stopped", $"{name} is not started again");
            Assert.Equal(!once, service.Text("restart") == "unless-stopped");
        }
    }

    [Fact]
    public void who_is_waited_for_can_be_waited_for()
    {
        foreach (var (name, on, condition) in Waits)
        {
            Assert.True(Services.TryGetValue(on, out var service), $"{name} waits for {on}, which is no service");
            // The image of the programs brings its own check.
            Assert.True(condition != "service_healthy" || service.At("healthcheck/test") is not null,
                $"{name} waits for the health of {on}, which has no check");
            // Who is started without a profile cannot wait for who is started with one.
            Assert.True(service.At("profiles") is null || Services[name].At("profiles") is not null,
                $"{name} waits for {on}, which its profile does not start");
        }
    }

    [Fact]
    public void services_can_be_scaled()
    {
        Assert.All(Services, service => Assert.Null(service.Value.At("container_name")));
        Assert.All(Apart, name => Assert.Null(Services[name].At("ports")));
    }

    [Theory]
    [InlineData("trading")]
    [InlineData("executor")]
    public void what_the_programs_are_set_to_is_known_and_valid(string service)
    {
        var variables = Services[service].Map("environment")
            .Where(variable => variable.Key.StartsWith("Trading__", StringComparison.Ordinal))
            .ToDictionary(variable => variable.Key.Replace("__", ":", StringComparison.Ordinal),
                variable => (string?)Default(variable.Value));
        var settings = SettingsReader.Read(new ConfigurationBuilder().AddInMemoryCollection(variables).Build(),
            given => given, out var violations);
        Assert.Empty(violations);
        Assert.False(settings.EnableRealTrading);
        Assert.Equal(FeedKind.Live, settings.Feed);
    }

    [Fact]
    public void no_password_stands_in_a_file_or_a_variable()
    {
        var variables = Services.SelectMany(service => service.Value.Map("environment")).ToList();
        Assert.DoesNotContain(variables, variable => variable.Key.Contains("PASSWORD", StringComparison.OrdinalIgnoreCase)
            && !variable.Key.EndsWith("_FILE", StringComparison.Ordinal));
        Assert.DoesNotContain(variables, variable => variable.Value.Contains("Password=", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void every_volume_and_every_mounted_file_is_there()
    {
        var named = Compose["volumes"]!.AsObject().Select(volume => volume.Key).ToHashSet();
        foreach (var mount in Services.SelectMany(service => service.Value.List("volumes"))
            .Select(volume => Default(volume.ToString()).Split(':')[0]).Where(mount => mount != "./secrets"))
            Assert.True(named.Contains(mount) || Path.Exists(Path.Combine(Repository.Root, mount)), mount);
    }

    [Fact]
    public void every_variable_of_the_file_is_explained()
    {
        var files = Repository.Read("docker-compose.yml") + Repository.Read("docker-compose.standby.yml");
        var used = System.Text.RegularExpressions.Regex.Matches(files, @"(?<!\$)\$\{(\w+)")
            .Select(match => match.Groups[1].Value).Distinct();
        var example = Repository.Read(".env.example");
        Assert.All(used, variable => Assert.Contains($"#{variable}=", example, StringComparison.Ordinal));
    }

    [Fact]
    public void every_image_has_a_version()
    {
        var images = Services.Values.Select(service => Default(service.Text("image")!)).Distinct();
        Assert.All(images, image => Assert.Matches(@":(v?\d+\.\d+[\w.-]*|local)$", image));
    }

    [Fact]
    public void the_journal_is_tried_in_the_same_postgresql() =>
        Assert.Contains($"\"{Services["postgres"].Text("image")}\"",
            Repository.Read("tests/Integration.Tests/LocalServers/ContainerPostgresTests.cs"), StringComparison.Ordinal);

    [Fact]
    public void the_standby_is_what_the_journals_commits_wait_for_and_the_programs_start_behind_it()
    {
        var (journal, standby) = (Services["postgres"], Services["standby"]);
        Assert.Equal(journal.Text("image"), standby.Text("image"));
        Assert.Contains("application_name=standby", standby.Text("command/0"), StringComparison.Ordinal);
        Assert.Contains("synchronous_standby_names = 'ANY 1 (standby)'", Services["replicated"].Text("command/0"),
            StringComparison.Ordinal);
        // A standby with fewer does not start.
        var connections = journal.List("command").Select(word => word.ToString())
            .Single(word => word.StartsWith("-cmax_connections=", StringComparison.Ordinal));
        Assert.Contains(connections, standby.Text("command/0"), StringComparison.Ordinal);
        Assert.All(Apart.Append("trading"), name => Assert.Contains((name, "replicated", "service_completed_successfully"), Waits));
        Assert.Equal(["replication", "standby", "replicated"], Standby["services"]!.AsObject().Select(service => service.Key).Take(3));
        // Without the second file nothing waits for a standby that is not there.
        Assert.DoesNotContain("synchronous_standby_names", Repository.Read("docker-compose.yml"), StringComparison.Ordinal);
    }

    // As compose does it: members of the second are added to those of the first.
    private static JsonObject Merged(JsonNode first, JsonNode second)
    {
        var merged = first.DeepClone().AsObject();
        foreach (var (name, value) in second.AsObject())
            merged[name] = merged[name] is JsonObject known && value is JsonObject more ? Merged(known, more) : value?.DeepClone();
        return merged;
    }

    private static IEnumerable<(string Name, string On, string Condition)> Waits =>
        Services.SelectMany(service => service.Value.At("depends_on") is JsonObject waits
            ? waits.Select(wait => (service.Key, wait.Key, wait.Value.Text("condition")!)) : []);

    // ${NAME:-default} as it is where nothing is set.
    private static string Default(string text) => System.Text.RegularExpressions.Regex.Replace(text, @"\$\{\w+:-([^}]*)\}", "$1");
}
