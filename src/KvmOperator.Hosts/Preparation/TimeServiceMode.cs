namespace KvmOperator.Hosts.Preparation;

/// <summary>Who keeps a host's clock synchronised.</summary>
public enum TimeServiceMode
{
    /// <summary>A service that runs already, unless there are time servers to set and it can be given none; otherwise chrony, which is installed.</summary>
    Managed,

    /// <summary>Somebody else: the state of the clock is only told.</summary>
    Unmanaged,
}
