using Npgsql;
using Trading.Journal.Postgres;
using Xunit;

namespace Trading.Services.Tests.Journal;

public class PostgresConnectionTests
{
    [Theory]
    [InlineData("Host=db;Username=trading", GssEncryptionMode.Disable)]
    [InlineData("Host=db;GSS Encryption Mode=Prefer", GssEncryptionMode.Prefer)]
    [InlineData("Host=db;gssencryptionmode=Require", GssEncryptionMode.Require)]
    public void encryption_by_kerberos_is_asked_for_only_where_the_connection_string_names_it(string given, GssEncryptionMode expected) =>
        Assert.Equal(expected, PostgresConnection.Of(given).GssEncryptionMode);
}
