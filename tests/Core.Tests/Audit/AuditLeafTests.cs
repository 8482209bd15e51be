using System.Text;
using System.Text.Json;

namespace Trading.Core.Tests;

/// <summary>The leaf's encoding, which never changes.</summary>
public class AuditLeafTests
{
    private static readonly byte[]?[] Opened =
    [
        Convert.FromHexString("0000000000000001"), Convert.FromHexString("634e6dcc48fd4b5d86fc8981051c02f9"),
        Convert.FromHexString("0000000000000001"), Convert.FromHexString("0002b58cd6f74700"), [0],
        Utf8("account_opened"), Utf8("account-main"), Utf8("*DEFAULT*"),
        Utf8("Trading.Core.AccountOpened, Trading.Core"), null, Utf8("settings"),
        AuditLeaf.Jsonb("""{"service": "trading", "version": "1.0.0"}"""),
        AuditLeaf.Jsonb("""{"at": "2024-03-01T00:01:00+00:00", "account": "main", "cashUsd": 10000, "marketData": "recorded"}"""), null,
    ];

    [Fact]
    public void every_event_that_names_a_person_and_a_reason_can_be_redacted_and_the_formats_description_says_so()
    {
        var named = typeof(IAccountEvent).Assembly.GetTypes()
            .Where(type => type.IsClass && (type.IsAssignableTo(typeof(IAccountEvent)) || type.IsAssignableTo(typeof(ITradeEvent))
                || type.IsAssignableTo(typeof(IAuditEvent))
                || type.IsAssignableTo(typeof(IModelEvent))) && type.GetProperty("By") is not null)
            .Select(type => string.Concat(type.Name.Select(
                (letter, at) => char.IsUpper(letter) ? $"{(at > 0 ? "_" : "")}{char.ToLowerInvariant(letter)}" : $"{letter}"))).ToList();
        var described = File.ReadAllText(Path.Combine(Repository.Root, "docs", "audit-format.md"));

        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.True(AuditLeaf.IsRedactable(System.Text.Encoding.UTF8.GetBytes(name)), name));
        Assert.All(named, name => Assert.Contains($"`{name}`", described, StringComparison.Ordinal));
    }

    [Fact]
    public void the_leaf_of_the_documents_example_is_the_one_that_sha256sum_gives() =>
        Assert.Equal("6f75d085cef4709cfa33789054b265af874b1280b85cf392f6016ba773fe7f1e", Hash(Opened, number: 0));

    [Fact]
    public void every_column_and_the_number_and_null_in_place_of_nothing_make_another_leaf()
    {
        var leaves = new HashSet<string> { Hash(Opened, 0), Hash(Opened, 1) };
        for (var column = 0; column < Opened.Length; column++)
        {
            var changed = Opened.ToArray();
            changed[column] = changed[column] is null ? [] : null;
            Assert.True(leaves.Add(Hash(changed, 0)), AuditLeaf.Columns[column]);
        }
        var moved = Opened.ToArray();
        (moved[9], moved[10]) = (moved[10], moved[9]);
        Assert.True(leaves.Add(Hash(moved, 0)));
    }

    [Fact]
    public void columns_that_were_joined_are_cut_apart_again_and_anything_else_is_refused()
    {
        var joined = AuditLeaf.Join(0, Opened);
        Assert.Equal(Opened.Select(column => column?.Length ?? -1), AuditLeaf.Cut(joined).Select(cut => cut.Length));
        Assert.Throws<FormatException>(() => AuditLeaf.Cut(joined.AsSpan(..^1)));
        Assert.Throws<FormatException>(() => AuditLeaf.Cut([.. joined, 0]));
    }

    [Fact]
    public void commitments_stand_in_the_place_of_who_and_why_and_of_nothing_else()
    {
        var data = AuditLeaf.Jsonb("""{"at": "x", "by": "k\u0069m \"k\"", "limits": {"by": "inner"}, "reason": "", "other": ["by"]}""");
        var asked = new List<string>();
        var committed = AuditLeaf.WithCommitments(data, (field, value) =>
        {
            asked.Add($"{field}={value}");
            return [0xab, 0xcd];
        });
        Assert.Equal("""{"at": "x", "by": "sha256:abcd", "limits": {"by": "inner"}, "reason": "sha256:abcd", "other": ["by"]}""",
            Encoding.UTF8.GetString(committed.AsSpan(1)));
        Assert.Equal(["by=kim \"k\"", "reason="], asked);
    }

    [Fact]
    public void a_field_that_is_no_text_stays_as_it_is() =>
        Assert.Equal(AuditLeaf.Jsonb("""{"by": null, "reason": 7}"""),
            AuditLeaf.WithCommitments(AuditLeaf.Jsonb("""{"by": null, "reason": 7}"""), (_, _) => throw new InvalidOperationException()));

    [Fact]
    public void data_that_is_no_json_is_refused() =>
        Assert.ThrowsAny<JsonException>(() => AuditLeaf.WithCommitments(AuditLeaf.Jsonb("{"), (_, _) => []));

    [Fact]
    public void a_commitment_rests_on_the_salt_and_the_value()
    {
        Assert.Equal(AuditLeaf.Commit([1], "kim"), AuditLeaf.Commit([1], "kim"));
        Assert.NotEqual(AuditLeaf.Commit([1], "kim"), AuditLeaf.Commit([2], "kim"));
        Assert.NotEqual(AuditLeaf.Commit([1], "kim"), AuditLeaf.Commit([1], "lee"));
    }

    [Fact]
    public void every_event_with_who_and_why_is_one_whose_fields_can_be_redacted() => Assert.All(
        typeof(IAccountEvent).Assembly.GetTypes()
            .Where(type => type.IsClass && (type.IsAssignableTo(typeof(IAccountEvent)) || type.IsAssignableTo(typeof(IAuditEvent)))
                && type.GetProperty("By") is not null),
        type => Assert.True(AuditLeaf.IsRedactable(Utf8(SnakeCase(type.Name))), type.Name));

    private static string SnakeCase(string name) =>
        string.Concat(name.Select((letter, at) => $"{(char.IsUpper(letter) && at > 0 ? "_" : "")}{char.ToLowerInvariant(letter)}"));

    private static string Hash(byte[]?[] columns, long number)
    {
        var hash = new byte[MerkleTree.HashSize];
        AuditLeaf.Hash(AuditLeaf.Join(AuditLeaf.PrefixLength, columns), number, hash);
        return Convert.ToHexStringLower(hash);
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
