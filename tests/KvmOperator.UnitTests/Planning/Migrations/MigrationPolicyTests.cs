using KvmOperator.Planning.Migrations;
using Xunit;

namespace KvmOperator.UnitTests.Planning.Migrations;

/// <summary>When a move is given up, and when the guest goes on at the target.</summary>
public sealed class MigrationPolicyTests
{
    private static readonly MigrationPace Some = new(2, null);

    [Fact]
    public void Only_time_ends_a_move_without_post_copy()
    {
        var hopeless = new MigrationPace(50, 2);

        Assert.Equal(MigrationStep.GoOn, MigrationPolicy.Next(postCopy: false, hopeless, switched: false, timeIsUp: false));
        Assert.Equal(MigrationStep.GiveUp, MigrationPolicy.Next(postCopy: false, hopeless, switched: false, timeIsUp: true));
    }

    [Theory]
    [InlineData(1, 1_978_368, true)]
    [InlineData(2, 1_978_368, false)]
    [InlineData(2, 1_800_000, false)]
    [InlineData(2, 1_500_000, true)]
    public void A_guest_that_writes_nearly_as_much_as_is_sent_does_not_converge(int iteration, long written, bool expected) =>
        Assert.Equal(expected, MigrationPace.Converges(iteration, 1_872_157, written));

    [Theory]
    [InlineData(2, null, false)]
    [InlineData(9, null, false)]
    [InlineData(2, 2, false)]
    [InlineData(4, 2, false)]
    [InlineData(5, 2, true)]
    [InlineData(9, 6, true)]
    public void Post_copy_begins_when_the_guest_did_not_converge_for_three_iterations(int iteration, int? since, bool expected) =>
        Assert.Equal(expected ? MigrationStep.PostCopy : MigrationStep.GoOn, MigrationPolicy.Next(postCopy: true, new MigrationPace(iteration, since), switched: false, timeIsUp: false));

    [Fact]
    public void At_the_latest_post_copy_begins_when_the_time_is_up_and_a_move_that_never_connected_is_given_up()
    {
        Assert.Equal(MigrationStep.PostCopy, MigrationPolicy.Next(postCopy: true, Some, switched: false, timeIsUp: true));
        Assert.Equal(MigrationStep.GiveUp, MigrationPolicy.Next(postCopy: true, null, switched: false, timeIsUp: true));
    }

    [Fact]
    public void There_is_no_way_back_from_post_copy()
    {
        Assert.Equal(MigrationStep.PostCopy, MigrationPolicy.Next(postCopy: true, Some, switched: true, timeIsUp: false));
        Assert.Equal(MigrationStep.PostCopy, MigrationPolicy.Next(postCopy: true, null, switched: true, timeIsUp: true));
    }
}
