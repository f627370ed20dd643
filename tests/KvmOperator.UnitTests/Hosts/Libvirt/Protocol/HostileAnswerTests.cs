using KvmOperator.Hosts.Libvirt.Protocol;
using KvmOperator.Tests.Libvirt;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Libvirt.Protocol;

/// <summary>Whatever is answered to whichever call: it is understood, or the connection ends as malformed. Nothing else is thrown, nothing waits for ever, and memory stays in proportion.</summary>
public sealed class HostileAnswerTests
{
    private const int Rounds = 25;

    /// <summary>Words that lengths, kinds and choices are made of, so that random answers are read to some depth.</summary>
    private static readonly int[] Words = [0, 0, 0, 1, 1, 1, 2, 3, 4, 5, 7, 12, 64, 256, 16_384, 16_385, 262_144, 4_194_304, 33_554_432, int.MaxValue, int.MinValue, -1, 0x61626364];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Procedures { get; } = [.. ProcedureSamples.All.Select(sample => sample.Name)];

    [Theory]
    [MemberData(nameof(Procedures))]
    public async Task Any_answer_is_understood_or_ends_the_connection(string name)
    {
        var sample = ProcedureSamples.All.Single(one => one.Name == name);
        for (var seed = 0; seed < Rounds; seed++)
        {
            var random = new Random(seed);
            await using var peer = new LibvirtPeer(TimeProvider.System);
            await peer.OpenAsync(Token);
            var calling = sample.Call(peer.Connection, Token);
            var call = await peer.Calls.ReadAsync(Token);

            await peer.SendAsync(LibvirtPeer.Frame(LibvirtPeer.Remote, call.Procedure, 1, call.Serial, random.Next(8) == 0 ? 1 : 0, Payload(random)));

            try
            {
                await calling;
            }
            catch (LibvirtException)
            {
                // A whole error by chance.
            }
            catch (LibvirtClosedException closed)
            {
                Assert.Equal((seed, LibvirtClosingKind.Malformed), (seed, closed.Closing.Kind));
                Assert.IsType<LibvirtProtocolException>(closed.Closing.Cause);
            }
        }
    }

    [Theory]
    [InlineData(318)]
    [InlineData(324)]
    [InlineData(348)]
    [InlineData(359)]
    [InlineData(363)]
    public async Task Any_event_is_understood_or_ends_the_connection(int procedure)
    {
        for (var seed = 0; seed < Rounds; seed++)
        {
            await using var peer = new LibvirtPeer(TimeProvider.System);
            await peer.OpenAsync(Token);
            await peer.TellAsync(procedure, Payload(new Random(seed)));
            await peer.EndAsync();

            Assert.True((await peer.Connection.Closed).Kind is LibvirtClosingKind.Malformed or LibvirtClosingKind.StreamEnded);
        }
    }

    [Fact]
    public async Task Any_stream_of_bytes_ends_the_connection()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            await using var peer = new LibvirtPeer(TimeProvider.System);
            await peer.OpenAsync(Token);
            await peer.SendAsync(bytes);
            await peer.EndAsync();

            Assert.True((await peer.Connection.Closed).Kind is LibvirtClosingKind.Malformed or LibvirtClosingKind.StreamEnded);
        }
    }

    /// <summary>One domain's statistics at libvirt's limit: 262,144 names with a number each.</summary>
    [Fact]
    public void The_largest_answer_costs_memory_in_proportion()
    {
        var writer = new XdrWriter().Unsigned(ProtocolLimits.DomainStatistics);
        for (var number = 0; number < ProtocolLimits.DomainStatistics; number++)
        {
            writer.Text($"{number:x5}").Integer(4).UnsignedLong((ulong)number);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        var parameters = TypedParameters.Read(new XdrReader(writer.Written), ProtocolLimits.DomainStatistics);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(ProtocolLimits.DomainStatistics, parameters.Names.Count);
        Assert.InRange(allocated / writer.Written.Length, 0, 8);
    }

    private static byte[] Payload(Random random)
    {
        byte[] whole = LibvirtPeer.Words(Enumerable.Range(0, random.Next(60)).Select(_ => random.Next(10) == 0 ? random.Next() : Words[random.Next(Words.Length)]));
        return random.Next(4) == 0 ? whole[..random.Next(whole.Length + 1)] : whole;
    }
}
