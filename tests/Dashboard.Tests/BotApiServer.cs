using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Trading.Dashboard.Tests;

/// <summary>
/// A local server that speaks as much of Telegram's Bot API as a bot needs: what people say goes in, what the bot says comes out.
/// </summary>
internal sealed class BotApiServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<JsonObject> _updates = new();
    private readonly ConcurrentQueue<(string Method, string Text, string? Button)> _said = new();
    private readonly SemaphoreSlim _new = new(0), _told = new(0);
    private int _id = 100;

    private BotApiServer(WebApplication app) => _app = app;

    public string Address => _app.Urls.Single();

    public static async Task<BotApiServer> StartAsync(string token)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var server = new BotApiServer(app);
        app.MapPost("/bot{token}/{method}", (string method, HttpContext context) => (string)context.Request.RouteValues["token"]! == token
            ? server.AnswerAsync(method, context)
                : Task.FromResult(Results.Json(new { ok = false, error_code = 401, description = "Unauthorized" }, statusCode: 401)));
        await app.StartAsync();
        return server;
    }

    /// <summary>Somebody writes to the bot.</summary>
    public void Say(long person, string text, DateTimeOffset? at = null, string kind = "private") => Add(new()
    {
        ["message"] = new JsonObject
        {
            ["message_id"] = ++_id, ["date"] = (at ?? TimeProvider.System.GetUtcNow()).ToUnixTimeSeconds(), ["text"] = text,
            ["chat"] = new JsonObject { ["id"] = person, ["type"] = kind }, ["from"] = Person(person),
        },
    });

    /// <summary>Somebody presses a button.</summary>
    public void Press(long person, string data) => Add(new()
    {
        ["callback_query"] = new JsonObject
        {
            ["id"] = $"{++_id}", ["from"] = Person(person), ["chat_instance"] = "1", ["data"] = data,
            ["message"] = new JsonObject
            {
                ["message_id"] = ++_id, ["date"] = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(), ["text"] = "?",
                ["chat"] = new JsonObject { ["id"] = person, ["type"] = "private" },
            },
        },
    });

    /// <summary>What the bot says next; the data of its first button, if it has any.</summary>
    public async Task<(string Method, string Text, string? Button)> NextAsync()
    {
        await _told.WaitAsync();
        return _said.TryDequeue(out var said) ? said : throw new InvalidOperationException("nothing was said");
    }

    /// <summary>Whether the bot has said something that nobody took.</summary>
    public bool SaysMore => !_said.IsEmpty;

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _new.Dispose();
        _told.Dispose();
    }

    private void Add(JsonObject update)
    {
        update["update_id"] = ++_id;
        _updates.Enqueue(update);
        _new.Release();
    }

    private static JsonObject Person(long id) => new() { ["id"] = id, ["is_bot"] = false, ["first_name"] = "x" };

    private async Task<IResult> AnswerAsync(string method, HttpContext context)
    {
        switch (method)
        {
            case "getUpdates":
                await _new.WaitAsync(context.RequestAborted);
                return Ok(new JsonArray(_updates.TryDequeue(out var update) ? update : null));
            case "answerCallbackQuery":
                return Ok(true);
            case "sendMessage":
                var body = (await JsonSerializer.DeserializeAsync<JsonObject>(context.Request.Body))!;
                Note(method, (string)body["text"]!, (string?)body["reply_markup"]?["inline_keyboard"]?[0]?[0]?["callback_data"]);
                return Ok(Message((long)body["chat_id"]!));
            case "sendPhoto":
                var form = await context.Request.ReadFormAsync();
                using (var picture = new MemoryStream())
                {
                    await form.Files[0].CopyToAsync(picture);
                    Picture = picture.ToArray();
                    Note(method, $"{form["caption"]}|{Convert.ToHexString(Picture.AsSpan(0, 8))}", null);
                }
                return Ok(Message(1));
            default:
                return Results.Json(new { ok = false, error_code = 404, description = "Not Found" }, statusCode: 404);
        }
    }

    /// <summary>The last picture that the bot sent.</summary>
    public byte[]? Picture { get; private set; }

    private void Note(string method, string text, string? button)
    {
        _said.Enqueue((method, text, button));
        _told.Release();
    }

    private JsonObject Message(long chat) => new()
    {
        ["message_id"] = ++_id, ["date"] = 1, ["chat"] = new JsonObject { ["id"] = chat, ["type"] = "private" },
    };

    private static IResult Ok(JsonNode result) => Results.Json(new JsonObject { ["ok"] = true, ["result"] = result });
}
