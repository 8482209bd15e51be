using Trading.Cli.Operations;
using Xunit;

namespace Trading.Services.Tests.Cli;

/// <summary>Two systems that trading up runs beside each other.</summary>
public sealed class LogFolderTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("trading-test-").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public void a_second_one_has_a_folder_of_its_own_and_a_later_one_takes_the_folder_that_is_free_again()
    {
        var first = LogFolder.Take(_home);
        using (var second = LogFolder.Take(_home))
            Assert.Equal((Path.Combine(_home, "logs"), Path.Combine(_home, "logs-2")), (first.Path, second.Path));
        first.Dispose();
        using var third = LogFolder.Take(_home);
        Assert.Equal(Path.Combine(_home, "logs"), third.Path);
    }
}
