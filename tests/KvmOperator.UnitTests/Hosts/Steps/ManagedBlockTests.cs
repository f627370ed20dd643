using System.Diagnostics;
using CsCheck;
using KvmOperator.Hosts.Steps;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Steps;

/// <summary>The script for managed blocks in a real shell on real files.</summary>
public sealed class ManagedBlockTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kvm-operator-block-").FullName;

    private string File => Path.Combine(folder, "file");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void What_stood_in_the_file_before_is_the_same_after_the_block_came_and_went()
    {
        var line = Gen.String[Gen.Char["ab $'\"\\#*"], 0, 12];
        line.Array[0, 6].Select(line.Array[1, 3]).Sample(
            (before, block) =>
            {
                var original = string.Concat(before.Select(text => text + "\n"));
                System.IO.File.WriteAllText(File, original);
                var content = "x" + string.Join('\n', block) + "y";
                Put(content);
                Put(content);
                Assert.Empty(Check(content));
                Assert.StartsWith(original, System.IO.File.ReadAllText(File), StringComparison.Ordinal);

                Put(string.Empty);

                Assert.Equal(original, System.IO.File.ReadAllText(File));
            },
            iter: 30,
            threads: 1);
    }

    [Fact]
    public void A_missing_file_is_made_only_when_there_is_something_to_write()
    {
        Put(string.Empty);
        Assert.False(System.IO.File.Exists(File));

        Put("one");

        Assert.Equal("differs", Check("two").Replace("drift ", string.Empty, StringComparison.Ordinal).Trim());
        Assert.Empty(Check("one"));
    }

    [Fact]
    public void The_mode_of_an_existing_file_stays()
    {
        System.IO.File.WriteAllText(File, "a\n");
        Run("chmod 0640 \"$1\"", string.Empty, File);

        Put("one");

        Assert.Equal("640\n", Run("stat -c %a \"$1\"", string.Empty, File));
    }

    [Fact]
    public void A_block_that_lost_its_last_line_eats_nothing()
    {
        Put("ours");
        var block = System.IO.File.ReadAllLines(File);
        System.IO.File.WriteAllLines(File, ["a person's first", block[0], "a person's second", "a person's third"]);
        Assert.NotEmpty(Check("ours"));

        Put("ours");
        Put("ours too");

        Assert.Equal(["a person's first", "a person's second", "a person's third", block[0], "ours too", block[^1]], System.IO.File.ReadAllLines(File));
        Assert.Empty(Check("ours too"));
        Put(string.Empty);
        Assert.Equal(["a person's first", "a person's second", "a person's third"], System.IO.File.ReadAllLines(File));
    }

    [Fact]
    public void A_file_behind_a_link_is_written_and_the_link_stays()
    {
        var real = Path.Combine(folder, "real");
        System.IO.File.WriteAllText(real, "a\n");
        Run("chmod 0640 \"$1\"", string.Empty, real);
        System.IO.File.CreateSymbolicLink(File, "real");

        Put("one");

        Assert.Equal("real", new FileInfo(File).LinkTarget);
        Assert.StartsWith("a\n", System.IO.File.ReadAllText(real), StringComparison.Ordinal);
        Assert.Equal("640\n", Run("stat -c %a \"$1\"", string.Empty, real));
        Assert.Empty(Check("one"));
    }

    private void Put(string content) => Run(ManagedBlock.PutScript, content, File, "0600");

    private string Check(string content) => Run(ManagedBlock.CheckScript, content, File, "differs");

    private static string Run(string script, string input, params string[] arguments)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", script, "test", .. arguments]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
