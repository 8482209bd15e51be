using Xunit;

namespace Trading.Dashboard.Tests;

/// <summary>A test in a browser; skipped, with a line that says so, where none is installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BrowserFactAttribute : FactAttribute
{
    private static readonly string[] Known =
        ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/usr/bin/google-chrome-stable"];

    /// <summary>A test that runs where there is a browser.</summary>
    public BrowserFactAttribute()
    {
        if (Browser is null)
            Skip = "no Chromium is installed, so the pages were not looked at: apt-get install chromium, or name one by TRADING_CHROMIUM";
    }

    /// <summary>The browser's program; null where there is none.</summary>
    public static string? Browser { get; } =
        new[] { Environment.GetEnvironmentVariable("TRADING_CHROMIUM") ?? "" }.Concat(Known).FirstOrDefault(File.Exists);
}
