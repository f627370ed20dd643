using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Hosting;

namespace KvmOperator.Runtime.Controllers;

/// <summary>Says which objects a change of another kind concerns.</summary>
internal interface IOwnerMapping
{
    /// <summary>Sees to it that the other kind is watched.</summary>
    void Register(OperatorBuilder builder);

    /// <summary>Calls back with the key of every object concerned, and whether somebody waits for it, from now on.</summary>
    /// <param name="services">For the mapping function.</param>
    /// <param name="self">Who listens, as a writer: what it wrote of its own kind is no news about that object, but may be about others.</param>
    /// <param name="concerned">Called one at a time; must be quick.</param>
    void Connect(IServiceProvider services, object? self, Action<EntityKey, bool> concerned);
}
