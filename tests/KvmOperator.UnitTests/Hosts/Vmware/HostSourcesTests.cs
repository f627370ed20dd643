using System.Text;
using KvmOperator.Hosts.Vmware;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Vmware;

/// <summary>A source is listed and read within its bounds, by the script in this computer's own Python.</summary>
public sealed class HostSourcesTests : IDisposable
{
    private readonly SourceRoom room = new();
    private readonly ScriptedHost host = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        room.Dispose();
        host.Dispose();
    }

    [Fact]
    public async Task All_that_lies_there_is_listed_and_files_are_read_in_pieces()
    {
        room.Add("a.vmx", "0123456789");
        room.Add("caches/deep/x", new byte[3 << 20]);
        room.Run("printf %s name > \"$1/$(printf '\\323\\303')\"");

        await using var source = await OpenAsync();

        Assert.Equal(["a.vmx", "caches", "caches/deep", "caches/deep/x"], Names(source).Where(name => char.IsAscii(name[0])));
        Assert.Contains(source.Entries, entry => entry.Path.Span.SequenceEqual((ReadOnlySpan<byte>)[0xd3, 0xc3]) && entry.Size == 4);
        Assert.Null(source.File);
        Assert.InRange(TimeProvider.System.GetUtcNow() - source.ListedAt, TimeSpan.FromMinutes(-1), TimeSpan.FromMinutes(1));
        Assert.Equal("345", Encoding.UTF8.GetString((await source.ReadAsync(Entry(source, "a.vmx"), 3, 3, Token)).Span));
        Assert.Equal("89", Encoding.UTF8.GetString((await source.ReadAsync(Entry(source, "a.vmx"), 8, 100, Token)).Span));
        Assert.True((await source.ReadAsync(Entry(source, "a.vmx"), 100, 5, Token)).IsEmpty);
        Assert.Equal(3 << 20, (await source.ReadAsync(Entry(source, "caches/deep/x"), 0, 4 << 20, Token)).Length);
    }

    [Fact]
    public async Task What_leads_out_of_the_source_or_is_no_file_is_named_and_never_opened()
    {
        room.Add("disk.vmdk", "content");
        room.Run("cd \"$1\" && ln -s disk.vmdk inside && ln -s /etc/hostname outside && ln -s ../../store up && ln -s nowhere dangling && mkfifo pipe && ln -s . loop");

        await using var source = await OpenAsync();

        Assert.Equal(SourceEntryKind.File, Entry(source, "inside").Kind);
        Assert.Equal(SourceEntryKind.Outside, Entry(source, "outside").Kind);
        Assert.Equal(SourceEntryKind.Outside, Entry(source, "up").Kind);
        Assert.Equal(SourceEntryKind.Other, Entry(source, "pipe").Kind);
        Assert.Equal(SourceEntryKind.Other, Entry(source, "dangling").Kind);
        Assert.Equal(SourceEntryKind.Other, Entry(source, "loop").Kind);
        Assert.Equal("content", Encoding.UTF8.GetString((await source.ReadAsync(Entry(source, "inside"), 0, 100, Token)).Span));
        foreach (var name in new[] { "outside", "pipe", "up" })
        {
            await Assert.ThrowsAnyAsync<Exception>(async () => await source.ReadAsync(Entry(source, name), 0, 10, Token));
        }
    }

    [Theory]
    [InlineData("printf %s other > \"$1/disk.vmdk\"")]
    [InlineData("rm \"$1/disk.vmdk\" && ln -s /etc/hostname \"$1/disk.vmdk\"")]
    [InlineData("mv \"$1/disk.vmdk\" \"$1/old\" && printf %s content > \"$1/disk.vmdk\"")]
    public async Task A_file_that_is_another_one_than_was_listed_is_not_read(string change)
    {
        room.Add("disk.vmdk", "content");
        await using var source = await OpenAsync();

        room.Run(change);

        await Assert.ThrowsAsync<IOException>(async () => await source.ReadAsync(Entry(source, "disk.vmdk"), 0, 10, Token));
    }

    [Fact]
    public async Task Of_a_file_its_folder_is_the_source_and_of_an_archive_only_itself()
    {
        room.Add("a.vmx", "x");
        room.Add("b.ova", "y");

        await using var machine = await OpenAsync(room.Scope with { Path = $"{room.Source}/a.vmx" });
        await using var archive = await OpenAsync(room.Scope with { Path = $"{room.Source}/b.ova" });

        Assert.Equal(("a.vmx", "a.vmx b.ova"), (Encoding.UTF8.GetString(machine.File!.Value.Span), string.Join(' ', Names(machine))));
        Assert.Equal(("b.ova", "b.ova"), (Encoding.UTF8.GetString(archive.File!.Value.Span), string.Join(' ', Names(archive))));
    }

    [Theory]
    [InlineData("/etc", "is not below a folder from which imports may read")]
    [InlineData("/proc/self/exe", "/proc/self/exe is not below a folder from which imports may read")]
    [InlineData("SOURCE/../../store", "is not below a folder from which imports may read")]
    [InlineData("SOURCE/linked", "is not below a folder from which imports may read: a link leads out of it")]
    [InlineData("SOURCE/none", "No such file or directory")]
    [InlineData("SOURCE/pipe", "is neither a folder nor a file")]
    public async Task A_path_that_may_not_be_read_is_refused_with_the_reason(string path, string expected)
    {
        room.Run("ln -s /etc \"$1/linked\"; mkfifo \"$1/pipe\"");

        var refused = await Assert.ThrowsAsync<SourceRefusedException>(() => OpenAsync(room.Scope with { Path = path.Replace("SOURCE", room.Source, StringComparison.Ordinal) }));

        Assert.EndsWith(expected, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("other_db/x", "default", false)]
    [InlineData("default_db/x", "default", true)]
    [InlineData("CentOS_8.vmwarevm", "default", true)]
    [InlineData("vmware/other_db", "default", true)]
    public async Task A_guest_of_another_namespace_keeps_what_it_has_in_a_store(string folder, string ofNamespace, bool isAllowed)
    {
        Directory.CreateDirectory(Path.Combine(room.Store, folder));
        var scope = new SourceScope(Path.Combine(room.Store, folder), [room.Store], [room.Store], ofNamespace);

        if (isAllowed)
        {
            await using var source = await OpenAsync(scope);
            Assert.Empty(source.Entries);
        }
        else
        {
            Assert.Contains("lies in the folder of a guest in the namespace other", (await Assert.ThrowsAsync<SourceRefusedException>(() => OpenAsync(scope))).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_store_that_an_administrator_named_as_a_folder_for_imports_keeps_its_guests_all_the_same()
    {
        Directory.CreateDirectory(Path.Combine(room.Store, "other_db"));
        room.Run($"ln -s '{room.Store}/other_db' \"$1/../link\"");

        await Assert.ThrowsAsync<SourceRefusedException>(() => OpenAsync(new SourceScope(Path.Combine(room.Imports, "link"), [room.Imports, room.Store], [room.Store], "default")));
    }

    [Theory]
    [InlineData("echo '<html>'", "the host answered something else than was asked")]
    [InlineData("echo '{\"kind\": 1}'; echo 'Traceback: no memory' >&2", "the host answered something else than was asked")]
    [InlineData("echo 'Traceback: no memory' >&2; exit 1", "Traceback: no memory")]
    [InlineData("exec yes | tr -d '\\n'", "the host answered more than was asked")]
    public async Task A_host_that_answers_anything_else_is_believed_nothing(string script, string expected)
    {
        using var other = new ScriptedHost(("python3", script));

        var problem = await Assert.ThrowsAsync<IOException>(() => new HostSources(TimeProvider.System).OpenAsync(other, room.Scope, Token));

        Assert.Contains(expected, problem.Message, StringComparison.Ordinal);
    }

    private async Task<IOpenedSource> OpenAsync(SourceScope? scope = null) => await new HostSources(TimeProvider.System).OpenAsync(host, scope ?? room.Scope, Token);

    private static IEnumerable<string> Names(IOpenedSource source) => source.Entries.Select(entry => Encoding.UTF8.GetString(entry.Path.Span)).Order(StringComparer.Ordinal);

    private static SourceEntry Entry(IOpenedSource source, string name) => source.Entries.Single(entry => Encoding.UTF8.GetString(entry.Path.Span) == name);
}
