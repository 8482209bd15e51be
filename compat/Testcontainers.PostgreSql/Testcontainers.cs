namespace DotNet.Testcontainers.Builders
{
    /// <summary>No container engine answers.</summary>
    public sealed class DockerUnavailableException(string message) : Exception(message);
}

namespace DotNet.Testcontainers.Containers
{
    /// <summary>What a command in a container wrote, and its exit code.</summary>
    public readonly record struct ExecResult(string Stdout, string Stderr, long ExitCode);
}
