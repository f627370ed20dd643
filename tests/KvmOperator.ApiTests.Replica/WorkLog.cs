namespace KvmOperator.ApiTests.Replica;

/// <summary>A file that all replicas append to: its lines stand in the order in which they were written, whoever wrote them.</summary>
internal sealed class WorkLog(string path, string identity)
{
    private readonly Lock guard = new();

    public void Note(string what)
    {
        lock (guard)
        {
            File.AppendAllText(path, $"{identity} {what}\n");
        }
    }
}
