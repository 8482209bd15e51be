using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Telegram.Bot;
using Telegram.Bot.Exceptions;
using Telegram.Bot.Types;
using Telegram.Bot.Types.Enums;
using Telegram.Bot.Types.ReplyMarkups;
using Trading.Dashboard.Access;
using Trading.Dashboard.Answers;
using Trading.Hosting.Background;
using Trading.Hosting.Control;
using Trading.Hosting.Secrets;
using Trading.Hosting.Settings;

namespace Trading.Dashboard.Chat;

/// <summary>
/// Answers people on a list in Telegram. It asks Telegram for what is new (long polling), so nothing is open to the internet. Only private
/// chats with people of Trading:TelegramUsers are answered. Commands that stop, start or sell wait for a button for a minute, and what was
/// sent while nobody was listening is not carried out late.
/// </summary>
public sealed class ChatBot : BackgroundWork
{
    /// <summary>How long a command waits for its button, and how old a command may be.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private const int PollSeconds = 20, MostWaiting = 100;
    private const int MostBytes = 16 << 20;
    private static readonly TimeSpan AskedFor = TimeSpan.FromSeconds(PollSeconds + 20);
    private readonly ChatReplies _replies;
    private readonly Commands _commands;
    private readonly ISecretStore _secrets;
    private readonly TradingSettings _settings;
    private readonly TimeProvider _clock;
    private readonly ILogger<ChatBot> _log;
    private readonly List<ChatUser> _users;
    private readonly ConcurrentDictionary<string, Waiting> _waiting = new();
    private readonly HashSet<long> _strangers = [];
    private (string Token, TelegramBotClient Client)? _bot;
    private int _next;

    /// <summary>A bot for the people of the settings.</summary>
    public ChatBot(ChatReplies replies, Commands commands, ISecretStore secrets, TradingSettings settings, Supervision supervision,
        ILogger<ChatBot> log)
        : base("telegram", supervision, log)
    {
        (_replies, _commands, _secrets, _settings, _log) = (replies, commands, secrets, settings, log);
        _clock = TimeProvider.System;
        _users = [.. settings.TelegramUsers.Select(ChatUser.Parse).OfType<ChatUser>()];
    }

    /// <inheritdoc/>
    protected override TimeSpan? Interval => TimeSpan.Zero;

    /// <inheritdoc/>
    protected override async Task StepAsync(CancellationToken stopping)
    {
        var bot = await BotAsync(stopping);
        var updates = await bot.GetUpdates(_next, timeout: PollSeconds,
            allowedUpdates: [UpdateType.Message, UpdateType.CallbackQuery], cancellationToken: stopping);
        foreach (var update in updates)
        {
            // Noted first: an update that fails is not handled again and again.
            _next = update.Id + 1;
            await AnswerAsync(bot, update, stopping);
        }
    }

    private async Task<TelegramBotClient> BotAsync(CancellationToken cancellation)
    {
        // Read each time: a changed token holds at once.
        var token = (await _secrets.GetAsync(_settings.TelegramTokenSecret!, cancellation)).Trim();
        if (_bot is { } known && known.Token == token)
            return known.Client;
        _bot = (token, new TelegramBotClient(new TelegramBotClientOptions(token, _settings.TelegramUrl),
            new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
            { Timeout = AskedFor, MaxResponseContentBufferSize = MostBytes }));
        return _bot.Value.Client;
    }

    private async Task AnswerAsync(TelegramBotClient bot, Update update, CancellationToken cancellation)
    {
        var (from, chat) = update.CallbackQuery is { } pressed ? (pressed.From, pressed.Message?.Chat)
            : (update.Message?.From, update.Message?.Chat);
        if (from is null || chat is not { Type: ChatType.Private } || _users.Find(known => known.Id == from.Id) is not { } user)
        {
            if (from is not null && _strangers.Count < MostWaiting && _strangers.Add(from.Id))
                _log.LogWarning("A message of Telegram account {Id}, which is not in Trading:TelegramUsers, is not answered", from.Id);
            return;
        }
        try
        {
            if (update.CallbackQuery is { } query)
                await PressedAsync(bot, query, user, chat.Id, cancellation);
            else if (update.Message is { Text: { } text } message)
                await SaidAsync(bot, text, message.Date, user, chat.Id, update.Id, cancellation);
        }
        catch (ApiRequestException refused)
        {
            _log.LogWarning("Telegram took no answer to {Name}: {Reason}", user.Name, refused.Message);
        }
    }

    private async Task SaidAsync(TelegramBotClient bot, string text, DateTime sent, ChatUser user, long chat, int update,
        CancellationToken cancellation)
    {
        // In groups a command is followed by the bot's name.
        var words = text.Split(' ', 2, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var (command, rest) = (words[0].Split('@')[0].ToLowerInvariant(), words.Length > 1 ? words[1] : "");
        if (command is ['/', .. var name] && OperatorActions.Named(name) is { } action && IsOfChat(action))
        {
            await CommandAsync(bot, action, rest, sent, user, chat, update, cancellation);
            return;
        }
        if (command == "/profit")
        {
            var (caption, picture) = await _replies.ProfitAsync(cancellation);
            if (picture is null)
                await SayAsync(bot, chat, caption, cancellation);
            else
                await bot.SendPhoto(chat, InputFile.FromStream(new MemoryStream(picture), "equity.png"), caption, ParseMode.Html,
                    cancellationToken: cancellation);
            return;
        }
        await SayAsync(bot, chat, await _replies.OfAsync(command, rest, cancellation), cancellation);
    }

    private async Task CommandAsync(TelegramBotClient bot, OperatorAction action, string reason, DateTime sent, ChatUser user, long chat,
        int update, CancellationToken cancellation)
    {
        var name = DashedName.Of(action.ToString());
        if (!user.Role.May(action))
        {
            await SayAsync(bot, chat, $"Your role {DashedName.Of(user.Role.ToString())} may not {name}.", cancellation);
            return;
        }
        var age = _clock.GetUtcNow() - new DateTimeOffset(DateTime.SpecifyKind(sent, DateTimeKind.Utc));
        if (age > Patience)
        {
            await SayAsync(bot, chat, string.Create(CultureInfo.InvariantCulture,
                $"/{name} came {age.TotalMinutes:0} minutes late and was not carried out: send it again."), cancellation);
            return;
        }
        var waiting = new Waiting(user, action, reason.Length > 0 ? reason : "by chat", _clock.GetUtcNow() + Patience,
            string.Create(CultureInfo.InvariantCulture, $"telegram-{update}"));
        if (action == OperatorAction.Reduce)
        {
            await SayAsync(bot, chat, await DoAsync(waiting), cancellation);
            return;
        }
        Forget();
        var key = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        _waiting[key] = waiting;
        await bot.SendMessage(chat, $"{ChatReplies.Encode(Question(action))}\nReason: {ChatReplies.Encode(waiting.Reason)}", ParseMode.Html,
            replyMarkup: new InlineKeyboardMarkup([[
                InlineKeyboardButton.WithCallbackData($"Yes, {name}", $"do:{key}"),
                    InlineKeyboardButton.WithCallbackData("No", $"no:{key}")]]),
            cancellationToken: cancellation);
    }

    private async Task PressedAsync(TelegramBotClient bot, CallbackQuery query, ChatUser user, long chat, CancellationToken cancellation)
    {
        var parts = (query.Data ?? "").Split(':', 2);
        var (what, key) = (parts[0], parts.Length > 1 ? parts[1] : "");
        await bot.AnswerCallbackQuery(query.Id, cancellationToken: cancellation);
        if (what == "why")
        {
            await SayAsync(bot, chat, await _replies.OfAsync("/why", key, cancellation), cancellation);
            return;
        }
        if (what == "halt")
        {
            await CommandAsync(bot, OperatorAction.Halt, "after an alert", _clock.GetUtcNow().UtcDateTime, user, chat,
                query.Message?.Id ?? 0, cancellation);
            return;
        }
        // A button is used once, and by whom it was shown to.
        var text = !_waiting.TryGetValue(key, out var waiting) || waiting.User != user
            ? "This button was used, or is over: send the command again."
            : !_waiting.TryRemove(key, out _) ? "This button was used."
            : what != "do" ? "Nothing was done."
            : waiting.Until < _clock.GetUtcNow() ? "That was more than a minute ago: send the command again."
            : await DoAsync(waiting);
        await SayAsync(bot, chat, text, cancellation);
    }

    private async Task<string> DoAsync(Waiting waiting)
    {
        try
        {
            // A reduction is not confirmed: it takes no halt back.
            var command = new OperatorCommand(waiting.Action, "", waiting.Reason)
            { OnlyTighten = waiting.Action == OperatorAction.Reduce };
            var done = await _commands.ActAsync($"telegram:{waiting.User.Name}", command, waiting.Key);
            return ChatReplies.Encode(waiting.Action == OperatorAction.Reduce && done.State == Core.TradingState.Halted
                ? $"{done.Told}. A halt is reduced on the dashboard or by trading control reduce." : $"{done.Told}.");
        }
        catch (Exception failed) when (Problems.Of(failed) is { } problem)
        {
            return ChatReplies.Encode($"Not done: {problem.Detail}");
        }
    }

    // What needs figures besides is done on the page, where they can be looked at before.
    private static bool IsOfChat(OperatorAction action) =>
        action is OperatorAction.Halt or OperatorAction.Reduce or OperatorAction.Resume or OperatorAction.Flatten;

    private void Forget()
    {
        var now = _clock.GetUtcNow();
        foreach (var (key, waiting) in _waiting)
        {
            if (waiting.Until < now || _waiting.Count > MostWaiting)
                _waiting.TryRemove(key, out _);
        }
    }

    private static string Question(OperatorAction action) => action switch
    {
        OperatorAction.Halt => "Stop all trading, sales and stops too?",
        OperatorAction.Resume => "Allow trading again?",
        _ => "Sell everything, and buy nothing until trading is resumed?",
    };

    private static Task<Message> SayAsync(TelegramBotClient bot, long chat, string html, CancellationToken cancellation) =>
        bot.SendMessage(chat, html, ParseMode.Html, linkPreviewOptions: new LinkPreviewOptions { IsDisabled = true },
            cancellationToken: cancellation);

    private sealed record Waiting(ChatUser User, OperatorAction Action, string Reason, DateTimeOffset Until, string Key);
}
