namespace Trading.Journal.Schema;

/// <summary>A table of the journal's database, and what services do with its rows.</summary>
/// <param name="Name">Its name, with its schema where that is not the usual one.</param>
/// <param name="Rights">Rights that a service cannot run without.</param>
/// <param name="MoreRights">Rights to delete what is finished, alerts and waiting writes, and to use what services can do without.</param>
internal sealed record JournalTable(string Name, string Rights, string MoreRights = "")
{
    /// <summary>All rights that a service uses.</summary>
    public string AllRights => Rights.Length == 0 || MoreRights.Length == 0 ? Rights + MoreRights : $"{Rights}, {MoreRights}";
}
