using System.Xml.Linq;
using KvmOperator.Hosts.Libvirt;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Libvirt;

/// <summary>A domain remembers the moves that are over, beside its owner's mark. With a virsh that keeps one domain's metadata in a file.</summary>
public sealed class MoveMarkTests : IDisposable
{
    private const string Virsh =
        """
        [ "$1" != -r ] || shift
        case $1 in
          domstate) cat "$FOLDER/state" ;;
          dumpxml) cat "$FOLDER/xml" ;;
          metadata) printf '%s\n' "$*" >>"$FOLDER/written" ;;
        esac
        """;

    private static readonly DomainIdentity Guest = new("shop", "web");
    private static readonly MoveMark Mark = new("to-node2", "0123", "uid-1");

    private readonly ScriptedHost host = new(("virsh", Virsh));

    [Theory]
    [InlineData("running", 2)]
    [InlineData("shut off", 1)]
    public async Task It_is_written_into_the_definition_and_into_what_runs(string state, int times)
    {
        host["state"] = state + "\n";
        host["xml"] = $"<domain><metadata xmlns:kvmop='{OwnerMarker.XmlNamespace}'/></domain>\n";

        await new VirshDomains().RememberMoveAsync(host, Guest, Mark, TestContext.Current.CancellationToken);

        var written = host["written"].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(times, written.Length);
        Assert.Equal(
            $"metadata --config --domain shop_web --uri {MoveMark.XmlNamespace} --key kvmop-moves --set <moves><move name=\"to-node2\" hash=\"0123\" guest=\"uid-1\" /></moves>", written[0]);
    }

    [Fact]
    public async Task A_domain_that_is_not_ours_remembers_nothing()
    {
        host["state"] = "running\n";
        host["xml"] = "<domain/>\n";

        await Assert.ThrowsAsync<DomainNotOwnedException>(() => new VirshDomains().RememberMoveAsync(host, Guest, Mark, TestContext.Current.CancellationToken));
        Assert.Empty(host["written"]);
    }

    [Theory]
    [InlineData("<m:moves xmlns:m='{0}'><m:move name='to-node2' hash='0123' guest='uid-1'/></m:moves>")]
    [InlineData("<m:moves xmlns:m='{0}'><move name='to-node2' hash='0123' guest='uid-1'/></m:moves>")]
    public void It_is_found_whatever_libvirt_does_with_the_namespace_of_what_is_inside(string text)
    {
        var metadata = text.Replace("{0}", MoveMark.XmlNamespace, StringComparison.Ordinal);

        Assert.Equal([Mark], MoveMark.Find(XElement.Parse($"<domain><metadata>{metadata}</metadata></domain>")));
        Assert.Empty(MoveMark.Find(XElement.Parse("<domain><metadata/></domain>")));
        Assert.Empty(MoveMark.Find(XElement.Parse("<domain/>")));
    }

    [Fact]
    public void Only_the_latest_ones_are_kept()
    {
        var xml = "<domain/>";
        for (var number = 0; number < MoveMark.Most + 10; number++)
        {
            xml = Kept(MoveMark.With(xml, Mark with { Name = $"move-{number}" })!);
        }

        var kept = MoveMark.Find(XElement.Parse(xml));
        Assert.Equal(MoveMark.Most, kept.Count);
        Assert.Equal(["move-10", $"move-{MoveMark.Most + 9}"], new[] { kept[0].Name, kept[^1].Name });
        Assert.Null(MoveMark.With(xml, kept[^1]));
    }

    /// <summary>A domain that has what libvirt makes of an element.</summary>
    private static string Kept(string moves) => $"<domain><metadata>{moves.Replace("<moves>", $"<m:moves xmlns:m='{MoveMark.XmlNamespace}'>", StringComparison.Ordinal).Replace("</moves>", "</m:moves>", StringComparison.Ordinal)}</metadata></domain>";

    public void Dispose() => host.Dispose();
}
