namespace KvmOperator.Hosts.Images;

/// <summary>What of a store stays free for the disks that are there, which grow while their guests write: no new disk gets it. Pure.</summary>
public static class StoreReserve
{
    /// <summary>The part of a store that stays free, in percent.</summary>
    public const int Percent = 5;

    /// <summary>The most bytes that stay free, however large a store is.</summary>
    public const long MostBytes = 16L << 30;

    /// <summary>The bytes of a store of that size that stay free.</summary>
    public static long Bytes(long sizeBytes) => Math.Min(sizeBytes / 100 * Percent, MostBytes);

    /// <summary>Whether a store is so full that no new disk is made there. Once it is, it has to have room for some before it is not.</summary>
    /// <param name="sizeBytes">Its size.</param>
    /// <param name="availableBytes">What can still be written.</param>
    /// <param name="was">Whether it was nearly full at the last look.</param>
    public static bool IsNearlyFull(long sizeBytes, long availableBytes, bool was) => availableBytes < (was ? Bytes(sizeBytes) / 2 * 3 : Bytes(sizeBytes));

    /// <summary>Whether a guest that stood still for lack of room can write again for a while.</summary>
    /// <param name="sizeBytes">The size of its store.</param>
    /// <param name="availableBytes">What can still be written there.</param>
    public static bool HasRoom(long sizeBytes, long availableBytes) => availableBytes > 0 && availableBytes >= Bytes(sizeBytes) / 4;
}
