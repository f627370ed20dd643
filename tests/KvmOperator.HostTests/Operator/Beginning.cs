namespace KvmOperator.HostTests.Operator;

/// <summary>What a scenario finds when it begins.</summary>
public enum Beginning
{
    /// <summary>Machines that hold nothing but sshd.</summary>
    Bare,

    /// <summary>Machines with the packages inside and nothing configured.</summary>
    Prepared,

    /// <summary>Machines with the packages inside and nothing configured: node1 is of Debian 12 as the storage server is, node2 of Debian 13.</summary>
    Mixed,

    /// <summary>Machines that answer as those of the RHEL family do, as far as Debian can.</summary>
    RhelLike,

    /// <summary>Two ready hosts with a ready store that holds the guest image, and an operator at work.</summary>
    Pool,

    /// <summary>The same with three hosts.</summary>
    PoolOfThree,
}
