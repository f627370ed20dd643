using System.Text;

namespace KvmOperator.Planning.Vmware;

/// <summary>How a disk is called in a VirtualMachine: by its place in VMware, so that people know which one it was.</summary>
public static class DiskNames
{
    private const int Longest = 32;

    /// <summary>The names of disks, all different: small letters, digits and hyphens. <c>scsi0:0</c> becomes <c>scsi0-0</c>.</summary>
    /// <param name="slots">Their places in VMware.</param>
    public static IReadOnlyList<string> Of(IEnumerable<string> slots)
    {
        var names = new List<string>();
        foreach (var slot in slots)
        {
            var name = new StringBuilder(Longest);
            foreach (var letter in slot.ToLowerInvariant())
            {
                if (char.IsAsciiLetterOrDigit(letter))
                {
                    _ = name.Append(letter);
                }
                else if (name.Length > 0 && name[^1] != '-')
                {
                    _ = name.Append('-');
                }

                if (name.Length == Longest)
                {
                    break;
                }
            }

            var text = name.ToString().TrimEnd('-');
            names.Add(text.Length > 0 && !names.Contains(text, StringComparer.Ordinal) ? text : Free(names));
        }

        return names;
    }

    private static string Free(List<string> taken)
    {
        var number = taken.Count;
        string name;
        do
        {
            name = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"disk{number++}");
        }
        while (taken.Contains(name, StringComparer.Ordinal));
        return name;
    }
}
