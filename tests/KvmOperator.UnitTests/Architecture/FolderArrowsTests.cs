using Xunit;

namespace KvmOperator.UnitTests.Architecture;

/// <summary>
/// Inside the program every kind has a folder. The kinds use what is known of hosts, guests and pools (Inventory) and who goes where (Placement), and never each other: what two of them need
/// belongs into one of those, or, when it is a decision, into KvmOperator.Planning. The folders of KvmOperator.Hosts make no cycle either.
/// </summary>
public sealed class FolderArrowsTests
{
    private const string Program = "KvmOperator";
    private const string Hosts = "KvmOperator.Hosts";

    /// <summary>What the folder of a kind may use.</summary>
    private static readonly string[] OfKinds = ["Connections", "Inventory", "Placement", "Reconciling", "Settings", "Status"];

    /// <summary>What each folder may use, beside its own sub-folders. What a reader finds in the files right under a project may use all.</summary>
    private static readonly Dictionary<string, Dictionary<string, string[]>> Allowed = new(StringComparer.Ordinal)
    {
        [Program] = new(Kinds.Select(kind => KeyValuePair.Create(kind, OfKinds)), StringComparer.Ordinal)
        {
            ["Connections"] = [],
            ["Settings"] = [],
            ["Status"] = [],
            ["Reconciling"] = [],
            ["Inventory"] = ["Connections"],
            ["Placement"] = ["Inventory", "Status"],

            // Above the kinds: it carries out for guests, hosts and stores together what follows from a failure.
            ["Failover"] = [.. OfKinds, "VirtualMachines"],
        },
        [Hosts] = new(StringComparer.Ordinal)
        {
            ["Ssh"] = [],
            ["Jobs"] = ["Ssh"],
            ["Epochs"] = ["Ssh"],
            ["Steps"] = ["Jobs", "Ssh"],
            ["Images"] = ["Jobs", "Ssh"],
            ["Libvirt"] = ["Jobs", "Ssh"],
            ["Nfs"] = ["Ssh", "Steps"],
            ["Preparation"] = ["Jobs", "Nfs", "Ssh", "Steps"],
            ["Kept"] = ["Libvirt", "Ssh"],
            ["Migrations"] = ["Jobs", "Kept", "Libvirt", "Ssh"],
            ["Beat"] = ["Libvirt", "Nfs", "Ssh"],
            ["Watch"] = ["Beat", "Epochs", "Libvirt", "Ssh"],
            ["Fencing"] = ["Jobs", "Libvirt", "Nfs", "Ssh", "Steps"],
            ["Vmware"] = ["Images", "Jobs", "Libvirt", "Ssh"],
        },
    };

    private static IEnumerable<string> Kinds =>
        Directory.GetFiles(Path.Combine(Repository.Root, "src", "KvmOperator.Api"), "*Spec.cs", SearchOption.AllDirectories).Select(file => Path.GetFileName(Path.GetDirectoryName(file)!)).Distinct(StringComparer.Ordinal);

    [Theory]
    [InlineData(Program)]
    [InlineData(Hosts)]
    public void A_folder_uses_only_what_its_arrows_allow(string project)
    {
        var wrong = FolderArrows.Read(project, FolderArrows.FilesOf(project)).Where(arrow => !Allowed[project].GetValueOrDefault(arrow.From, []).Contains(arrow.To, StringComparer.Ordinal));

        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData(Program)]
    [InlineData(Hosts)]
    public void The_arrows_that_are_allowed_make_no_cycle(string project) =>
        Assert.Null(FolderArrows.Cycle(Allowed[project].SelectMany(folder => folder.Value.Select(to => new FolderArrow(folder.Key, to, "the table")))));

    [Theory]
    [InlineData(Program)]
    [InlineData(Hosts)]
    public void Every_folder_has_its_arrows_named_here(string project)
    {
        var folders = FolderArrows.FilesOf(project).Select(file => file.Path.Split('/')[0]).Distinct(StringComparer.Ordinal);

        Assert.Contains("VirtualMachines", Kinds);
        Assert.Empty(folders.Except(Allowed[project].Keys, StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("using Program.Hosts;\n\nnamespace Program.Guests;\n")]
    [InlineData("using static Program.Hosts.Probe;\n\nnamespace Program.Guests;\n")]
    [InlineData("using Probe = Program.Hosts.Inner.Probe;\n\nnamespace Program.Guests;\n")]
    [InlineData("namespace Program.Guests;\n\ninternal sealed class Guest(Hosts.Probe probe);\n")]
    [InlineData("namespace Program.Guests;\n\ninternal sealed class Guest(global::Program.Hosts.Probe probe);\n")]
    public void Who_imports_a_folder_or_names_its_types_uses_it(string text)
    {
        var arrow = Assert.Single(Read(("Hosts/Probe.cs", "namespace Program.Hosts;\n\ninternal sealed class Probe;\n"), ("Guests/Guest.cs", text)));

        Assert.Equal(new FolderArrow("Guests", "Hosts", "Guests/Guest.cs"), arrow);
    }

    [Fact]
    public void Comments_namesakes_and_a_folders_own_parts_are_no_use()
    {
        const string Text =
            """
            using Program.Api.Hosts;
            using Program.Guests.Disks;

            namespace Program.Guests;

            /// <summary>See Program.Hosts.Probe and Hosts.Probe.</summary>
            internal sealed class Guest
            {
                public int Count => pool.Hosts.Count + Hosts.Count; // Hosts.Probe counts them
            }
            """;

        Assert.Empty(Read(("Hosts/Probe.cs", "namespace Program.Hosts;\n\ninternal sealed class Probe;\n"), ("Guests/Guest.cs", Text)));
    }

    [Fact]
    public void A_cycle_is_found_however_long_it_is()
    {
        var arrows = Read(
            ("Hosts/Probe.cs", "using Program.Stores;\n\nnamespace Program.Hosts;\n\ninternal sealed class Probe;\n"),
            ("Stores/Mount.cs", "using Program.Guests;\n\nnamespace Program.Stores;\n\ninternal sealed class Mount;\n"),
            ("Guests/Guest.cs", "using Program.Hosts;\n\nnamespace Program.Guests;\n\ninternal sealed class Guest;\n"));

        Assert.Equal("Guests → Hosts → Stores → Guests", FolderArrows.Cycle(arrows));
        Assert.Null(FolderArrows.Cycle(arrows.Where(arrow => arrow.From != "Stores")));
    }

    private static IReadOnlyList<FolderArrow> Read(params IReadOnlyList<(string Path, string Text)> files) => FolderArrows.Read("Program", files);
}
