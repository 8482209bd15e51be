using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Alerts;
using Trading.Hosting.Secrets;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Services.Tests.Hosting;

/// <summary>What alerts say, and how a webhook takes them.</summary>
public sealed class AlertTests : IDisposable
{
    private static readonly DateTimeOffset At = new(2024, 3, 1, 12, 5, 0, TimeSpan.Zero);
    private static readonly TradeAlert Alert = TradeAlert.Of(Executed(simulated: true));
    private const string NoAddress =
        "the secret hook is no address of a webhook: https://..., or http:// to this machine or to a host of Trading:PlainHttpHosts";

    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData(true, "[SIMULATED]", "SIMULATED")]
    [InlineData(false, "[REAL]", "REAL")]
    public void a_trade_is_reported_as_the_original_system_reported_it(bool simulated, string mark, string mode)
    {
        var alert = TradeAlert.Of(Executed(simulated));
        Assert.Equal("Bitcoin Trade Alert: BUY", alert.Subject);
        Assert.Equal(
            $"{mark} BTC-USD\nAction: BUY\nAmount: $60.00\nPrice: $60,000.00\nTrade ID: {Executed(simulated).TradeId}\nStatus: filled",
            alert.Text.ReplaceLineEndings("\n"));
        Assert.Equal(("trade", "BUY", "filled", mode),
            (alert.Attributes["kind"], alert.Attributes["action"], alert.Attributes["status"], alert.Attributes["mode"]));
        Assert.Equal($"trade/{Executed(simulated).TradeId}", alert.Key);
    }

    [Theory]
    [InlineData("slack", """{"text":"Bitcoin Trade Alert: A &lt;b&gt; &amp; c\n@everyone"}""")]
    [InlineData("discord", """{"content":"Bitcoin Trade Alert: A <b> & c\n@everyone","allowed_mentions":{"parse":[]}}""")]
    [InlineData("telegram", """{"chat_id":"-100","text":"Bitcoin Trade Alert: A <b> & c\n@everyone"}""")]
    [InlineData("json",
        """{"key":"k","kind":"state","subject":"Bitcoin Trade Alert: A <b> & c","text":"@everyone","attributes":"""
            + """{"kind":"state","action":"HALT"},"at":"2024-03-01T12:05:00.0000000+00:00"}""")]
    public void a_template_has_the_shape_that_its_receiver_takes(string template, string json) => Assert.Equal(
        json, WebhookAlerts.Shape(template, TradeAlert.Of("k", AlertKind.State, "A <b> & c", "@everyone", At, ("action", "HALT")), "-100")
            .ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));

    [Fact]
    public void an_alert_in_Telegram_has_buttons_where_a_bot_answers_them() => Assert.Equal(
        """{"inline_keyboard":[[{"text":"Why","callback_data":"why:62f7"},{"text":"Halt","callback_data":"halt"}]]}""",
        WebhookAlerts.Shape("telegram", TradeAlert.Of("trade/62f7", AlertKind.Trade, "BUY", "x", At), "1", buttons: true)["reply_markup"]!
            .ToJsonString());

    [Fact]
    public async Task what_its_receiver_answers_decides_whether_an_alert_may_be_sent_again()
    {
        await using var server = await LocalServer.StartAsync(
            LocalServer.Answer(503, "secret-path"), LocalServer.Answer(500), LocalServer.Answer(502), LocalServer.Answer(429),
            LocalServer.Answer(302, "", ("Location", "http://127.0.0.1:1/")), LocalServer.Answer(200, "<html>garbage"),
            LocalServer.Reset(), LocalServer.Hang());
        var address = new Uri(server.Address, "/services/secret-path").ToString();
        using var webhook = Webhook("slack", address);
        Assert.Equal((AlertOutcome.NotSent, "the slack webhook of secret hook answered 503"), await WrongAsync(webhook));
        Assert.Equal((AlertOutcome.Unsure, "the slack webhook of secret hook answered 500"), await WrongAsync(webhook));
        Assert.Equal((AlertOutcome.Unsure, "the slack webhook of secret hook answered 502"), await WrongAsync(webhook));
        Assert.Equal((AlertOutcome.NotSent, "the slack webhook of secret hook answered 429"), await WrongAsync(webhook));
        Assert.Equal((AlertOutcome.NotSent, "the slack webhook of secret hook answered 302"), await WrongAsync(webhook));
        await webhook.SendAsync(Alert, default);
        Assert.Equal(AlertOutcome.Unsure, (await WrongAsync(webhook)).Outcome);
        using var impatient = Webhook("slack", address, seconds: 1);
        Assert.Equal((AlertOutcome.Unsure, "the slack webhook of secret hook gave no answer within 1 s"), await WrongAsync(impatient));
        Assert.All(server.Seen, request => Assert.Equal("/services/secret-path", request.Path));
    }

    [Theory]
    [InlineData("http://127.0.0.1:1/secret-path", "slack", "the slack webhook of secret hook cannot be reached: ConnectionError")]
    [InlineData("secret-path", "slack", NoAddress)]
    [InlineData("http://hooks.example/secret-path", "slack", NoAddress)]
    [InlineData("http://127.0.0.1:1/secret-path", "telegram",
        "the secret hook must be an address like https://api.telegram.org/bot.../sendMessage?chat_id=...")]
    public async Task an_address_that_leads_nowhere_is_not_shown(string address, string template, string said)
    {
        using var webhook = Webhook(template, address);
        Assert.Equal((AlertOutcome.NotSent, said), await WrongAsync(webhook));
    }

    private static async Task<(AlertOutcome Outcome, string Message)> WrongAsync(WebhookAlerts webhook)
    {
        var wrong = await Assert.ThrowsAsync<AlertException>(() => webhook.SendAsync(Alert, default));
        Assert.DoesNotContain("secret-path", wrong.ToString(), StringComparison.Ordinal);
        return (wrong.Outcome, wrong.Message);
    }

    private WebhookAlerts Webhook(string template, string address, int seconds = 60)
    {
        File.WriteAllText(_file, $$"""{ "hook": "{{address}}" }""");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return new(template, "hook", new FileSecrets(_file), TimeSpan.FromSeconds(seconds), []);
    }

    private static TradeExecuted Executed(bool simulated)
    {
        var price = new PriceObserved(DerivedId.Price("BTC-USD", 60, At), "BTC-USD", At, 60, At, 60_000, "USD", null, null, null, simulated,
            new(60, 1, 1, ["USD"]), [], []);
        var prediction = new PredictionMade(DerivedId.Prediction(price.PriceId), price, new(100, null, null, null, null, 0, 0, ""), [],
            null, 3600, At, At.AddMinutes(2));
        var order = new Order("BTC-USD", TradeAction.Buy, 0.001m, 60_300, 60.4m);
        var assessment = new Assessment("main", TradeAction.Buy, Verdict.Approved, null, order, [], 1, 1, 0,
            0, 0, 0, 0, At, At.AddMinutes(2));
        var tradeId = DerivedId.Trade(prediction.PredictionId);
        return new(tradeId, new(tradeId, prediction, assessment),
            new(TradeOutcome.Filled, "paper", simulated, DerivedId.ClientOrderId(tradeId), "1", 0.001m, 60_000, 0.06m, null, At));
    }
}
