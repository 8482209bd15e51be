using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Npgsql;
using Trading.Hosting.Settings;
using Trading.Journal.Postgres;
using Trading.Journal.Schema;
using Trading.LocalServers;

namespace Trading.Hosting;

/// <summary>Failures that end a program with one line instead of a stack trace.</summary>
public static class StartFailure
{
    /// <summary>The line for the user and the exit code; null for a failure that is a bug.</summary>
    public static (string Line, int ExitCode)? Of(Exception failure, TradingSettings settings) => failure switch
    {
        StartException wrong => (wrong.Message, wrong.ExitCode),
        PrivatePostgresException or JournalSchemaException or PoolerException => (failure.Message, CommandLine.WrongSettings),
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } refused => (
            $"the journal's database says {refused.MessageText}: trading journal migrate, "
            + "run with the rights of an owner, creates tables; with --grant-to it grants rights on them", CommandLine.WrongSettings),
        NpgsqlException => ($"the journal's database cannot be used: {failure.Message}", 1),
        SocketException or IOException { InnerException: AddressInUseException } => (
            $"the health pages cannot be opened at {settings.HttpAddress}:{settings.HttpPort}: {failure.GetBaseException().Message}; "
            + "--http-port names another port", CommandLine.WrongSettings),
        _ => null,
    };
}
