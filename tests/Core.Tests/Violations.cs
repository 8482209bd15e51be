namespace Trading.Core.Tests;

/// <summary>Fails with every violation, one a line.</summary>
internal static class Violations
{
    public static void None(IEnumerable<string> violations)
    {
        var all = string.Join('\n', violations);
        Assert.True(all.Length == 0, all);
    }
}
