using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using Trading.Journal.Events;

namespace Trading.Hosting;

/// <summary>Whether the journal's database answers and takes writes; part of /health/ready.</summary>
internal sealed class JournalCheck(TradeJournal journal) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await using var command = journal.Database.CreateCommand(
                "select case when pg_is_in_recovery() then 'in recovery' when current_setting('transaction_read_only') = 'on' then "
                + "'read-only' end");
            return await command.ExecuteScalarAsync(cancellationToken) is string closed
                ? HealthCheckResult.Unhealthy($"the journal's database takes no writes: it is {closed}") : HealthCheckResult.Healthy();
        }
        catch (NpgsqlException unreachable)
        {
            return HealthCheckResult.Unhealthy(unreachable.Message);
        }
    }
}
