using System.CommandLine;
using System.Text;
using Trading.Cli.Shared;
using Trading.Journal.Witnesses;

namespace Trading.Cli.Audit;

/// <summary>A witness: somebody else than the journal's operator runs it, and cosigns what the journal's sealer shows.</summary>
public static class WitnessCommand
{
    private const string DefaultUrl = "http://127.0.0.1:8790";
    private const int MaxRequest = 64 * 1024;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var folder = new Argument<DirectoryInfo>("folder")
        { Description = "where it remembers what it saw, and where its key lies (witness.key); both are made at the first start" };
        var name = new Option<string>("--name")
        {
            Description = "its name in a key that is made now, best a name of yours on the internet without https://",
            DefaultValueFactory = _ => "witness",
            HelpName = "name"
        };
        var keys = new Option<string[]>("--public-key")
        {
            Description = "public key of a sealer whose journals it follows, or its file; may be repeated",
            HelpName = "key",
            Required = true
        };
        var origins = new Option<string[]>("--origin")
        {
            Description = "name of a journal that it follows, the first line of its checkpoints; may be repeated; all that the keys seal "
                + "by default",
            HelpName = "name"
        };
        var url = new Option<string>("--url")
        { Description = "where it answers", DefaultValueFactory = _ => DefaultUrl, HelpName = "url" };
        var command = new Command("witness",
            "Runs a witness, which cosigns a journal's checkpoints as long as each continues all that it saw before (C2SP "
            + "tlog-witness). It needs no access to the journal. Its public key and the journals that it saw are answered at /.\n"
            + "Example: trading audit witness /var/lib/witness --name witness.example.org/1 --public-key seal.key.pub "
            + "--url http://0.0.0.0:8790")
        { folder, name, keys, origins, url };
        command.Validators.Add(given =>
        {
            if (given.GetValue(name) is { } called
                && (called.Length == 0 || called.Any(letter => char.IsWhiteSpace(letter) || letter is '+' or '@' or ',')))
                given.AddError("--name holds no spaces, + @ or commas");
            if (!Uri.TryCreate(given.GetValue(url), UriKind.Absolute, out var at) || at.Scheme is not ("http" or "https"))
                given.AddError($"--url is like {DefaultUrl}, was {given.GetValue(url)}");
        });
        command.SetAction((parsed, cancellation) => JournalOptions.GuardAsync(async () =>
        {
            var place = parsed.GetValue(folder)!.FullName;
            var trusted = VerifyCommand.Keys(parsed.GetValue(keys));
            try
            {
                using var state = new WitnessState(place);
                var key = WitnessKey.LoadOrCreate(Path.Combine(place, "witness.key"), parsed.GetValue(name)!);
                var witness = new Witness(key, trusted, [.. parsed.GetValue(origins) ?? []], state, TimeProvider.System);
                await using var app = Build(witness, parsed.GetValue(url)!);
                await app.StartAsync(cancellation);
                Console.WriteLine($"{witness.Public}@{app.Urls.First()}");
                await app.WaitForShutdownAsync(cancellation);
            }
            catch (WitnessStateException unusable)
            {
                throw new CommandException(unusable.Message);
            }
            return JournalOptions.Clean;
        }));
        return command;
    }

    private static WebApplication Build(Witness witness, string url)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url).ConfigureKestrel(server => server.Limits.MaxRequestBodySize = MaxRequest);
        builder.Services.Configure<Microsoft.Extensions.Hosting.ConsoleLifetimeOptions>(options => options.SuppressStatusMessages = true);
        var app = builder.Build();
        app.MapGet("/", () => Results.Text($"{witness.Public}\n{string.Concat(witness.Seen().Select(line => $"{line}\n"))}"));
        app.MapPost("/add-checkpoint", async (HttpContext request) =>
        {
            using var reader = new StreamReader(request.Request.Body, new UTF8Encoding(false, throwOnInvalidBytes: true));
            var answer = await ReadAsync(reader, request.RequestAborted) is { } body ? witness.Answer(body)
                : new WitnessAnswer(WitnessVerdict.Unreadable, "the request is no text in UTF-8\n");
            if (answer.Verdict is WitnessVerdict.Conflict or WitnessVerdict.NoContinuation)
                Console.WriteLine($"{DateTimeOffset.UtcNow:u} refused with {(int)answer.Verdict}, knows {answer.Text.TrimEnd()}");
            request.Response.StatusCode = (int)answer.Verdict;
            request.Response.ContentType = answer.Verdict == WitnessVerdict.Conflict ? "text/x.tlog.size" : "text/plain";
            await request.Response.WriteAsync(answer.Text, request.RequestAborted);
        });
        return app;
    }

    private static async Task<string?> ReadAsync(StreamReader reader, CancellationToken cancellation)
    {
        try
        {
            return await reader.ReadToEndAsync(cancellation);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
