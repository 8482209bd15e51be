using Trading.Hosting.Secrets;
using Trading.Hosting.Settings;
using Trading.LocalServers;
using Xunit;

namespace Trading.Services.Tests.Hosting;

/// <summary>Secrets from a file and from the environment. What is wrong is said without saying anything of the secret.</summary>
public sealed class SecretsTests : IDisposable
{
    private const string Hidden = "hunter2";
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public async Task a_file_gives_a_secret_by_its_name_and_a_field_of_one_that_is_an_object()
    {
        var secrets = Save("""{ "control": "open sesame", "trading/binance": { "apiKey": "k", "apiSecret": "line\nline" } }""");
        Assert.Equal("open sesame", await secrets.GetAsync("control", default));
        Assert.Equal("line\nline", await secrets.GetAsync("trading/binance#apiSecret", default));
        Assert.Equal("""{ "apiKey": "k", "apiSecret": "line\nline" }""", await secrets.GetAsync("trading/binance", default));
    }

    [Fact]
    public async Task a_secret_that_was_changed_in_the_file_is_found_at_once()
    {
        var secrets = Save("""{ "control": "old" }""");
        Assert.Equal("old", await secrets.GetAsync("control", default));
        Save("""{ "control": "new" }""");
        Assert.Equal("new", await secrets.GetAsync("control", default));
    }

    [Fact]
    public async Task a_file_of_another_user_is_refused_also_to_root_who_could_read_it()
    {
        // Anybody else cannot give a file away, and cannot open one that was.
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            return;
        var secrets = Save("""{ "control": "hunter2" }""");
        using (var chown = System.Diagnostics.Process.Start("chown", ["65534", _file]))
            await chown.WaitForExitAsync();
        Assert.Equal($"the secrets file {_file} belongs to another user than this program's and root",
            await WrongAsync(secrets, "control"));
    }

    [Fact]
    public void a_program_that_helps_gets_no_secrets()
    {
        var start = new System.Diagnostics.ProcessStartInfo("npm");
        start.Environment["TRADING_SECRET_TRADING_BINANCE"] = start.Environment["Trading__JournalConnection"] =
            start.Environment["AWS_SECRET_ACCESS_KEY"] = start.Environment["PGPASSWORD"] = Hidden;
        Assert.Contains("AWS_SECRET_ACCESS_KEY", start.WithoutSecrets(keepsAws: true).Environment.Keys);
        Assert.DoesNotContain(Hidden, start.WithoutSecrets().Environment.Values);
        Assert.Contains("PATH", start.Environment.Keys);
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    public async Task a_file_that_others_can_read_or_write_is_refused_with_the_command_that_puts_it_right(UnixFileMode more)
    {
        var secrets = Save("""{ "control": "hunter2" }""");
        if (OperatingSystem.IsWindows())
            return;
        File.SetUnixFileMode(_file, UnixFileMode.UserRead | UnixFileMode.UserWrite | more);
        Assert.Equal($"the secrets file {_file} can be read by others than its owner: chmod 600 {_file}",
            await WrongAsync(secrets, "control"));
    }

    [Theory]
    [InlineData("{ \"control\": \"hunter2\",\n\"other\": hunter2 }", "control", "is no JSON: line 2")]
    [InlineData("[\"hunter2\"]", "control", "is no JSON object")]
    [InlineData("{ \"other\": \"hunter2\" }", "control", "the secret control is not in the secrets file")]
    [InlineData("{ \"control\": \"hunter2\" }", "control#key", "the secret control#key is no JSON object, so it has no fields")]
    [InlineData("{ \"control\": { \"other\": \"hunter2\" } }", "control#key", "the secret control#key has no text of that name in it")]
    public async Task what_is_wrong_with_a_file_is_said_without_its_content(string content, string name, string said)
    {
        var wrong = await WrongAsync(Save(content), name);
        Assert.Contains(said, wrong, StringComparison.Ordinal);
        Assert.DoesNotContain(Hidden, wrong, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_file_that_is_not_there_is_named() =>
        Assert.Equal($"the secrets file {_file}.none does not exist", await WrongAsync(new FileSecrets(_file + ".none"), "control"));

    [Fact]
    public async Task the_environment_gives_a_secret_by_the_variable_that_an_error_names()
    {
        var secrets = new EnvironmentSecrets();
        Assert.Equal("the secret tests/kraken.key is not in the environment: TRADING_SECRET_TESTS_KRAKEN_KEY",
            await WrongAsync(secrets, "tests/kraken.key"));
        Environment.SetEnvironmentVariable("TRADING_SECRET_TESTS_BINANCE", """{ "apiKey": "k" }""");
        Assert.Equal("k", await secrets.GetAsync("tests/binance#apiKey", default));
    }

    [Theory]
    [InlineData("trading/binance", true)]
    [InlineData("arn:aws:secretsmanager:eu-central-1:123456789012:secret:trading/binance-a1B2c3#apiKey", true)]
    [InlineData("", false)]
    [InlineData("#apiKey", false)]
    [InlineData("trading/binance#", false)]
    [InlineData("a#b#c", false)]
    [InlineData("two words", false)]
    public void a_name_is_letters_digits_and_few_signs_with_at_most_one_field(string name, bool isName) =>
        Assert.Equal(isName, SecretName.IsValid(name));

    private FileSecrets Save(string content)
    {
        File.WriteAllText(_file, content);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return new(_file);
    }

    private static async Task<string> WrongAsync(ISecretStore secrets, string name) =>
        (await Assert.ThrowsAsync<SecretException>(() => secrets.GetAsync(name, default))).Message;
}
