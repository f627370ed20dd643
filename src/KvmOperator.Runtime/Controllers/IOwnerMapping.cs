using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Hosting;

namespace KvmOperator.Runtime.Controllers;

/// <summary>Says which objects a change of another kind concerns.</summary>
internal interface IOwnerMapping
{
    /// <summary>Sees to it that the other kind is watched.</summary>
    void Register(OperatorBuilder builder);

    /// <summary>Calls back with the key of every object concerned, from now on.</summary>
    void Connect(IServiceProvider services, Action<EntityKey, bool> concerned);
}
