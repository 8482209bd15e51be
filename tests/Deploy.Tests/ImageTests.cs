using System.Text.RegularExpressions;

namespace Trading.Deploy.Tests;

/// <summary>The image and the workflow that publishes it.</summary>
public sealed class ImageTests
{
    private static readonly string Dockerfile = Repository.Read("Dockerfile");

    [Fact]
    public void the_image_is_small_runs_as_nobody_and_has_no_shell()
    {
        var last = Dockerfile[Dockerfile.LastIndexOf("\nFROM ", StringComparison.Ordinal)..];
        Assert.StartsWith("\nFROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled\n", last, StringComparison.Ordinal);
        Assert.Contains("\nUSER 1654:1654\n", last, StringComparison.Ordinal);
        Assert.DoesNotContain("\nRUN ", last, StringComparison.Ordinal);
        // Only the list form starts a program without a shell.
        Assert.All(Regex.Matches(last, @"^(?:ENTRYPOINT|CMD|HEALTHCHECK.*CMD) (.)", RegexOptions.Multiline),
            form => Assert.Equal("[", form.Groups[1].Value));
    }

    [Fact]
    public void the_official_packages_are_the_default() =>
        Assert.Contains("\nARG OfficialPackages=true\n", Dockerfile, StringComparison.Ordinal);

    [Fact]
    public void nothing_goes_into_the_image_but_what_it_is_built_from()
    {
        var lines = Repository.Read(".dockerignore").Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line[0] != '#').ToList();
        Assert.Equal("*", lines[0]);
        Assert.All(lines.Where(line => line[0] == '!'), line => Assert.True(Path.Exists(Path.Combine(Repository.Root, line[1..])), line));
        Assert.DoesNotContain("!.git", lines);
    }

    [Theory]
    [InlineData("image.yml"), InlineData("programs.yml")]
    [InlineData("ci.yml")]
    public void a_workflow_has_no_more_rights_than_it_names_and_ends(string file)
    {
        var workflow = Yaml.File($".github/workflows/{file}");
        Assert.Equal("read", workflow.Text("permissions/contents"));
        Assert.All(workflow["jobs"]!.AsObject(), job =>
        {
            Assert.NotNull(job.Value.At("timeout-minutes"));
            Assert.All(job.Value.List("steps").Select(step => step.Text("uses")).OfType<string>(),
                action => Assert.Matches(@"^[\w.-]+/[\w./-]+@[0-9a-f]{40}$", action));
        });
    }

    [Fact]
    public void the_published_image_is_scanned_has_its_parts_listed_and_is_signed_by_digest_on_a_tag()
    {
        var steps = Yaml.File(".github/workflows/image.yml").At("jobs/image")!.List("steps");
        var build = steps.Single(step =>
            step.Text("uses")?.StartsWith("docker/build-push-action@", StringComparison.Ordinal) == true && step.Text("id") == "push");
        Assert.Equal("true", build.Text("with/sbom"));
        Assert.Equal("linux/amd64,linux/arm64", build.Text("with/platforms"));
        Assert.Contains(steps,
            step => step.Text("uses")?.Contains("trivy", StringComparison.Ordinal) == true && step.Text("with/exit-code") == "1");
        var sign = steps.Single(step => step.Text("run")?.Contains("cosign sign", StringComparison.Ordinal) == true);
        Assert.Contains("@${DIGEST}", sign.Text("run"), StringComparison.Ordinal);
        Assert.Equal("${{ steps.push.outputs.digest }}", sign.Text("env/DIGEST"));
        Assert.Equal("startsWith(github.ref, 'refs/tags/v')", sign.Text("if"));
    }
}
