using CsCheck;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Api.VmwareImports;

namespace KvmOperator.UnitTests.Api;

/// <summary>Texts that a shell, XML, an option list or a terminal would read as more than a name, and the fields of every spec that take texts.</summary>
internal static class HostileTexts
{
    private static readonly string[] Seeds =
    [
        "$(touch /canary)", "`touch /canary`", "';touch /canary;'", "\"; touch /canary; \"", "\"", "\\", "a b", "a\tb", "a\nb", "a\r\nb", "x\n", "\0", "<domain/>", "]]>", "&amp;", "--help",
        "-oProxyCommand=touch /canary", "a,b=c", "a;b", "a|b", "a&b", "a>b", "../..", "/", "*", "?", "~", "!", "#", "%s", "{a,b}", "\u202eabc", "é", "节点", "\u0000\u001b[2J", "a\u2028b", "", " ",
    ];

    private static readonly Gen<string> Seed = Gen.Int[0, Seeds.Length - 1].Select(index => Seeds[index]);

    /// <summary>What is a line, and not a name: what is let through ends no line and moves no cursor.</summary>
    private static readonly HashSet<string> Lines = new(StringComparer.Ordinal)
    {
        "KvmHost.ssh.hostKeys", "NfsStore.server.ssh.hostKeys", "KvmHost.fencing.parameters[value]", "KvmHost.importFolders", "VmwareImport.source.path", "VmwareImport.source.vmx", "VmwareImport.source.snapshot", "VmwareImport.verify.consoleText",
    };

    /// <summary>What is a text of many lines: it is a file's content, and never a part of something.</summary>
    private static readonly HashSet<string> Files = new(StringComparer.Ordinal) { "VirtualMachine.cloudInit.userData", "VirtualMachine.cloudInit.networkData" };

    /// <summary>Texts of all kinds, some of them harmless.</summary>
    public static Gen<string> Any { get; } = Gen.OneOf(
        Seed,
        Gen.Select(Seed, Gen.String, (seed, rest) => rest + seed + rest),
        Gen.String[1, 40],
        Gen.Int[300, 5000].Select(length => new string('a', length) + "\n"));

    /// <summary>Every text field of every spec.</summary>
    public static IReadOnlyDictionary<string, SpecField> Fields { get; } = new[]
    {
        SpecField.Of<KvmHost, KvmHostSpec>(SpecSamples.Host, host => KvmHostValidator.Validate(host).Count),
        SpecField.Of<NfsStore, NfsStoreSpec>(SpecSamples.Store, store => NfsStoreValidator.Validate(store).Count),
        SpecField.Of<VirtualMachine, VirtualMachineSpec>(SpecSamples.Machine, machine => VirtualMachineValidator.Validate(machine).Count),
        SpecField.Of<VmMigration, VmMigrationSpec>(SpecSamples.Migration, migration => VmMigrationValidator.Validate(migration).Count),
        SpecField.Of<VmwareImport, VmwareImportSpec>(SpecSamples.Import, import => VmwareImportValidator.Validate(import).Count),
    }.SelectMany(fields => fields).ToDictionary(field => field.Name, StringComparer.Ordinal);

    /// <summary>So many different texts for a field of which none may be read as more than it is: the known tricks, those within a text that the field takes, and random ones.</summary>
    public static IReadOnlyCollection<string> For(SpecField field, int count)
    {
        var (plain, length) = (field.Plain, field.Plain.Length);
        var texts = Seeds.Where(IsHostile).ToHashSet(StringComparer.Ordinal);
        var more = Gen.Frequency(
            (10, Gen.Select(Seed, Gen.Int[0, length], Gen.Int[0, length], (seed, end, rest) => plain[..end] + seed + plain[rest..])),
            (10, Gen.Select(Seed, Gen.Int[0, length], Gen.String[1, 8], (seed, end, random) => plain[..end] + seed + random)),
            (5, Gen.Select(Seed, Gen.String[1, 40], (seed, random) => random + seed + random)),
            (5, Gen.String[1, 40]),
            (1, Gen.Select(Seed, Gen.Int[100, 5000], (seed, times) => string.Concat(Enumerable.Repeat(plain[..1], times)) + seed)));
        while (texts.Count < count)
        {
            more.Where(IsHostile).Sample(text => { _ = texts.Add(text); }, iter: count - texts.Count, threads: 1);
        }

        return texts;
    }

    /// <summary>Why a text that a field's validator lets through could be read as more than it is; null when it cannot.</summary>
    public static string? Danger(SpecField field, string text) =>
        field.IsQuantity ? null
        : Files.Contains(field.Name) ? (text.Contains('\0', StringComparison.Ordinal) ? "it has a NUL character" : null)
        : Lines.Contains(field.Name) ? (text.Any(character => character is < ' ' or '\x7f') ? "it has a control character" : null)
        : IsHostile(text) ? "it is no plain name"
        : null;

    /// <summary>Empty, read as an option or a hidden file, or with a character that means something to a shell, XML, a list or a terminal.</summary>
    private static bool IsHostile(string text) =>
        text.Length == 0 || text[0] is '-' or '.' || text.Any(character => !char.IsAsciiLetterOrDigit(character) && !".:_/@+=-".Contains(character, StringComparison.Ordinal));
}
