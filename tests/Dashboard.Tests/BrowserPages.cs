using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Trading.Dashboard.Access;
using Xunit;

namespace Trading.Dashboard.Tests;

/// <summary>A browser for all tests of pages, and pages that are logged in.</summary>
public sealed class BrowserPages : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>Where screenshots are kept: a folder that the environment names, else one that goes with the output.</summary>
    public static string Pictures { get; } = Directory.CreateDirectory(
        Environment.GetEnvironmentVariable("TRADING_SCREENSHOTS") ?? Path.Combine(AppContext.BaseDirectory, "screenshots")).FullName;

    public async Task InitializeAsync()
    {
        if (BrowserFactAttribute.Browser is not { } program)
            return;
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = program, Args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"], Timeout = 120_000,
        });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    /// <summary>A page that is logged in by a token's role; what its scripts complain about fails the test that looks at it.</summary>
    internal async Task<LookedAt> OpenAsync(
        DashboardHost host, string path, string? token = "opal", int width = 1280, int height = 800, bool dark = false,
        bool waits = true, Uri? at = null)
    {
        var context = await _browser!.NewContextAsync(new()
        {
            ViewportSize = new() { Width = width, Height = height }, ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            DeviceScaleFactor = 1, TimezoneId = "Europe/Berlin", IsMobile = width < 600, HasTouch = width < 600,
        });
        context.SetDefaultTimeout(60_000);
        var sessions = host.App.Services.GetRequiredService<Sessions>();
        if (token is not null)
        {
            var named = host.App.Services.GetRequiredService<Trading.Hosting.Control.NamedTokens>().Named(token)!;
            await context.AddCookiesAsync([new()
            {
                Name = sessions.CookieName, Value = await sessions.BeginAsync(named, default), Url = (at ?? host.Address).ToString(),
            }]);
        }
        var page = await context.NewPageAsync();
        var looked = new LookedAt(context, page);
        await page.GotoAsync(new Uri(at ?? host.Address, path).ToString());
        // Filled: no part of the page waits for its content.
        if (waits)
            await page.WaitForFunctionAsync("() => !document.querySelector('main [aria-busy]')");
        return looked;
    }
}

/// <summary>A page, and what its scripts complained about.</summary>
internal sealed class LookedAt : IAsyncDisposable
{
    private readonly IBrowserContext _context;

    public LookedAt(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.PageError += (_, error) => Complaints.Add(error);
        page.Console += (_, said) =>
        {
            if (said.Type == "error")
                Complaints.Add(said.Text);
        };
    }

    public IPage Page { get; }

    public List<string> Complaints { get; } = [];

    public Task PictureAsync(string name) =>
        Page.ScreenshotAsync(new()
        {
            Path = Path.Combine(BrowserPages.Pictures, $"{name}.png"),
            Animations = ScreenshotAnimations.Disabled
        });

    public ValueTask DisposeAsync() => _context.DisposeAsync();
}
