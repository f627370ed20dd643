namespace KvmOperator.VmwareImports;

/// <summary>Why an import cannot be carried out now.</summary>
/// <param name="Reason">The condition's reason.</param>
/// <param name="Message">What it is, and what to do about it.</param>
internal sealed record ImportRefusal(string Reason, string Message);
