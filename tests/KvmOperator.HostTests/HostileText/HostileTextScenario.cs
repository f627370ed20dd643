using System.Security.Cryptography;
using System.Text;
using CsCheck;
using KvmOperator.Hosts.Ssh;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using KvmOperator.HostTests.Ssh;
using KvmOperator.UnitTests.Api;
using Xunit;

namespace KvmOperator.HostTests.HostileText;

/// <summary>
/// Ten thousand hostile values for every text field of every spec. Whether or not the validator refuses one, a real host gets it literally: nothing of it is run.
/// </summary>
public sealed class HostileTextScenario(LabFixture fixture) : LabScenario(fixture)
{
    private const int ValuesPerField = 10_000;

    /// <summary>A command line holds some 128 KiB an argument list's piece; very long texts are cut to what still tells.</summary>
    private const int BatchCharacters = 24_000;

    private const int LongestSent = 200;

    [Fact]
    public async Task Whatever_stands_in_a_field_reaches_a_host_as_it_is_or_not_at_all()
    {
        var ssh = await File.ReadAllTextAsync((await Lab.VerbAsync(CancellationToken, "ssh-config")).Output.Trim(), CancellationToken);
        var key = await File.ReadAllTextAsync(OperatorLab.PrivateKeyFile(), CancellationToken);
        await using var shell = ShellFactory.Create(new HostConnectionSettings("node1", "127.0.0.1", new HostCredentials { PrivateKey = key }) { Port = new PoolManifests(ssh).Port("node1") });
        var boot = await BootAsync();
        var sent = 0;
        foreach (var (field, errors) in HostileTexts.Fields)
        {
            var values = new List<string>(ValuesPerField);
            HostileTexts.Any.Sample(values.Add, iter: ValuesPerField, threads: 1);
            Assert.True(values.Count >= ValuesPerField, field);
            // Most are refused here already; what is not has to be harmless on the host too.
            Assert.Contains(values, value => errors.Errors(value) > 0);
            foreach (var batch in Batches(values.Where(value => value.Length <= LongestSent && !value.Contains('\0', StringComparison.Ordinal) && IsText(value)).Distinct(StringComparer.Ordinal)))
            {
                var answer = await shell.RequireAsync(RemoteCommand.Script("printf '%s\\0' \"$@\" | sha256sum", batch), CancellationToken);
                Assert.Equal(Digest(batch), answer.OutputText[..64]);
                sent += batch.Count;
            }
        }

        Assert.True(sent > ValuesPerField, $"only {sent} values were sent");
        Assert.False((await Lab.TryRunAsync("node1", "test -e /canary", CancellationToken)).Succeeded, "a value was run: the canary is there");
        Assert.Equal(boot, await BootAsync());
    }

    private static IEnumerable<IReadOnlyList<string>> Batches(IEnumerable<string> values)
    {
        var batch = new List<string>();
        var characters = 0;
        foreach (var value in values)
        {
            batch.Add(value);
            characters += value.Length;
            if (characters > BatchCharacters)
            {
                yield return batch;
                batch = [];
                characters = 0;
            }
        }

        if (batch.Count > 0)
        {
            yield return batch;
        }
    }

    /// <summary>Half a surrogate pair is no text and has no bytes.</summary>
    private static bool IsText(string value) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(value)) == value;

    private static string Digest(IReadOnlyList<string> values) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(values.Select(value => value + "\0")))));

    private async Task<string> BootAsync() => (await Lab.RunAsync("node1", "cat /proc/sys/kernel/random/boot_id", CancellationToken)).Output;
}
