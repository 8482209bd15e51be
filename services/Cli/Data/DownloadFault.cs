using Trading.Cli.Shared;
using Trading.Services.Feeds;

namespace Trading.Cli.Data;

/// <summary>What is said where a download ends early.</summary>
internal static class DownloadFault
{
    /// <summary>What an exchange gives; its refusal becomes a line that names it.</summary>
    /// <exception cref="CommandException">It refused.</exception>
    public static async IAsyncEnumerable<T> Named<T>(string exchange, IAsyncEnumerable<T> parts)
    {
        await using var each = parts.GetAsyncEnumerator();
        while (true)
        {
            try
            {
                if (!await each.MoveNextAsync())
                    yield break;
            }
            catch (PriceFeedException refused)
            {
                throw new CommandException(
                    $"{exchange}: {refused.Message}; what has come is kept, and the same command goes on from there");
            }
            yield return each.Current;
        }
    }
}
