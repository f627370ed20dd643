using k8s.Models;

namespace KvmOperator.Runtime.Informers;

/// <summary>Hears of objects that the server holds and that this program cannot read.</summary>
internal interface IUndecodableObserver
{
    /// <summary>An object cannot be read in its present version.</summary>
    void Found(V1ObjectReference reference, string message);

    /// <summary>So many objects of a kind cannot be read now.</summary>
    void Counted(string kind, int count);
}
