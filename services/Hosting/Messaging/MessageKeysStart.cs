using Trading.Hosting.Background;
using Trading.Hosting.Secrets;
using Trading.Hosting.Settings;

namespace Trading.Hosting.Messaging;

/// <summary>Reads the keys once before the bus starts, so that a missing secret ends the start.</summary>
internal sealed class MessageKeysStart(MessageKeys keys) : StartStep
{
    public override async Task StartingAsync(CancellationToken cancellationToken)
    {
        try
        {
            await keys.SigningAsync(cancellationToken);
        }
        catch (SecretException missing)
        {
            throw new StartException($"Trading:{nameof(TradingSettings.MessageKeySecret)}: {missing.Message}");
        }
    }
}
