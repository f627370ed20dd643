using System.Text;
using KvmOperator.Hosts.Libvirt;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Libvirt;

public sealed class ObservationParserTests
{
    private const string Statistics =
        """
        Domain: 'shop_web'
          state.state=3
          state.reason=5
          cpu.time=7392716000
          balloon.current=262144
          balloon.maximum=524288
          vcpu.current=1
          vcpu.maximum=2
        Domain: 'somebody's own'
          state.state=5
          state.reason=1
          balloon.current=1048576
          vcpu.current=2
        """;

    private const string Kernel =
        """
        /proc/sys/kernel/random/boot_id:8f2e26ab-0d6c-4f6c-9df5-6a0d8b6f1a53
        /sys/devices/system/cpu/online:0-3,8,10
        /proc/stat:cpu  100 0 50 800 40 0 10 0 30 0
        /proc/stat:cpu0 50 0 25 400 20 0 5 0 15 0
        /proc/loadavg:1.19 0.66 0.55 1/123 4567
        /proc/meminfo:MemTotal:        3035568 kB
        /proc/meminfo:MemFree:         2209860 kB
        /proc/meminfo:MemAvailable:    2276676 kB
        /proc/pressure/cpu:some avg10=12.50 avg60=4.15 avg300=2.17 total=5
        /proc/pressure/cpu:full avg10=0.00 avg60=0.00 avg300=0.00 total=0
        /proc/pressure/memory:some avg10=0.00 avg60=0.00 avg300=0.00 total=0
        /proc/pressure/io:some avg10=3.00 avg60=0.00 avg300=0.00 total=0
        """;

    private static readonly DomainIdentity Web = new("shop", "web");

    private static readonly string Owned =
        $"<domain type='kvm' id='3'><name>shop_web</name><uuid>{Web.Uuid}</uuid><metadata><kvmop:owner xmlns:kvmop='{OwnerMarker.XmlNamespace}' namespace='shop' name='web'/></metadata>"
        + "<devices><disk type='file' device='disk'><source file='/var/lib/libvirt/images/web.qcow2'/></disk><disk type='file' device='cdrom'/></devices></domain>";

    private const string Foreign =
        "<domain type='kvm'><name>somebody's own</name><uuid>0f9d6c1e-39a1-4a31-8a02-7b34b7fd2a10</uuid><description>@ boot\n@domain\n@end\n@listed x\n</description></domain>";

    private const string ForeignUuid = "0f9d6c1e-39a1-4a31-8a02-7b34b7fd2a10";

    /// <summary>What the script prints of two domains when nothing goes wrong.</summary>
    private static readonly string Two =
        $"@listed {Web.Uuid}\n@listed {ForeignUuid}\n{Statistics}\n\n@domain {Web.Uuid}\n{Owned}\n\n@domain {ForeignUuid}\n{Foreign}\n\n@after\n{Web.Uuid}\n{ForeignUuid}\n\n@end\n";

    [Fact]
    public void One_look_tells_load_memory_pressure_domains_and_stores()
    {
        var text = Sections(
            ("kernel", Kernel),
            ("domains", Two),
            ("store /var/lib/libvirt/images", "size 1048576 1000 900\n"),
            ("store /gone", "not mounted\n"),
            ("store /hung", string.Empty));

        var seen = ObservationParser.Parse(text, ["/var/lib/libvirt/images", "/gone", "/hung"]);

        Assert.Equal("8f2e26ab-0d6c-4f6c-9df5-6a0d8b6f1a53", seen.BootId);
        Assert.Equal(6, seen.Processors);
        Assert.Equal(1.19, seen.LoadAverage);
        Assert.Equal(new CpuTimes(160, 1000), seen.CpuTimes);
        Assert.Equal(new Pressure(12.5, 0, 3), seen.Pressure);
        Assert.Equal(25, seen.MemoryPercent);
        Assert.True(seen.LibvirtAnswers);
        Assert.Equal(2, seen.Domains.Count);
        var web = seen.Find(Web)!;
        Assert.True(web.PausedByInputOutputError);
        Assert.Equal(256L << 20, web.MemoryBytes);
        Assert.Equal(["/var/lib/libvirt/images/web.qcow2"], web.DiskPaths);
        Assert.Equal([true, false, false], seen.Stores.Select(store => store.Answers));
        Assert.Equal(["", "not mounted", "did not answer in time"], seen.Stores.Select(store => store.Reason));
        Assert.Equal(1000L << 20, seen.Stores[0].SizeBytes);
    }

    [Fact]
    public void A_libvirt_that_does_not_answer_spoils_nothing_else()
    {
        var seen = ObservationParser.Parse(Sections(("kernel", "/sys/devices/system/cpu/online:0-1"), ("domains", Statistics)), []);

        Assert.False(seen.LibvirtAnswers);
        Assert.Equal(2, seen.Processors);
        Assert.Null(seen.Pressure);
    }

    [Fact]
    public void A_host_without_domains_is_one_that_answers()
    {
        var seen = ObservationParser.Parse(Sections(("domains", "\n\n@after\n\n@end\n")), []);

        Assert.True(seen.LibvirtAnswers);
        Assert.Empty(seen.Domains);
    }

    [Fact]
    public void A_libvirt_that_goes_away_after_the_list_has_not_said_that_it_has_no_domains()
    {
        // virsh's own echo goes on without a connection, and so does the script.
        var text = $"@listed {Web.Uuid}\n@listed {ForeignUuid}\n\n@domain {Web.Uuid}\n\n@domain {ForeignUuid}\n\n@after\n@end\n";

        Assert.False(ObservationParser.Parse(Sections(("domains", text)), []).LibvirtAnswers);
        Assert.False(ObservationParser.Parse(Sections(("domains", $"@listed {Web.Uuid}\n@end\n")), []).LibvirtAnswers);
    }

    [Fact]
    public void A_look_that_is_cut_short_anywhere_loses_no_domain_without_saying_so()
    {
        for (var length = Two.IndexOf('\n', StringComparison.Ordinal); length < Two.TrimEnd().Length; length++)
        {
            foreach (var text in new[] { Two[..length], Two[..length] + "\n@end\n" })
            {
                var seen = ObservationParser.Parse(Sections(("domains", text)), []);

                Assert.True(!seen.LibvirtAnswers || seen.Domains.Count == 2, text);
            }
        }
    }

    [Fact]
    public void A_domain_that_is_gone_when_libvirt_lists_again_is_gone()
    {
        var without = Two.Replace(Owned, string.Empty, StringComparison.Ordinal);

        Assert.False(ObservationParser.Parse(Sections(("domains", without)), []).LibvirtAnswers);
        var gone = ObservationParser.Parse(Sections(("domains", without.Replace($"@after\n{Web.Uuid}\n", "@after\n", StringComparison.Ordinal))), []);
        Assert.True(gone.LibvirtAnswers);
        Assert.Equal(ForeignUuid, Assert.Single(gone.Domains).Uuid.ToString());
    }

    [Theory]
    [InlineData(Statistics)]
    [InlineData("  state.state=3\n")]
    public void A_domain_whose_numbers_are_missing_is_not_left_out_in_silence(string missing)
    {
        var text = Two.ReplaceLineEndings("\n");
        Assert.Contains(missing, text, StringComparison.Ordinal);

        var seen = ObservationParser.Parse(Sections(("domains", text.Replace(missing, string.Empty, StringComparison.Ordinal))), []);

        Assert.False(seen.LibvirtAnswers);
    }

    [Fact]
    public void A_domain_of_which_libvirt_does_not_know_whether_it_runs_counts_as_running()
    {
        var seen = ObservationParser.Parse(Sections(("domains", Two.Replace("state.state=3", "state.state=0", StringComparison.Ordinal))), []);

        Assert.True(seen.Find(Web)!.IsActive);
    }

    [Fact]
    public void A_domain_without_our_mark_is_none_of_ours_even_with_our_UUID()
    {
        var text = Sections(("domains", $"@listed {Web.Uuid}\nDomain: 'x'\n  state.state=1\n\n@domain {Web.Uuid}\n<domain><name>x</name><uuid>{Web.Uuid}</uuid></domain>\n\n@after\n{Web.Uuid}\n@end"));

        var seen = ObservationParser.Parse(text, []);

        Assert.Single(seen.Domains);
        Assert.Null(seen.Find(Web));
    }

    [Fact]
    public void Use_is_what_was_busy_between_two_looks()
    {
        Assert.Equal(75, CpuTimes.PercentBetween(new CpuTimes(100, 1000), new CpuTimes(175, 1100)));
        Assert.Null(CpuTimes.PercentBetween(new CpuTimes(100, 1000), new CpuTimes(50, 900)));
    }

    private static string Sections(params (string Name, string Content)[] sections) =>
        string.Concat(sections.Select(section => $"@ {section.Name}\n{Convert.ToBase64String(Encoding.UTF8.GetBytes(section.Content))}\n"));
}
