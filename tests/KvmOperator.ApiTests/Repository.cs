namespace KvmOperator.ApiTests;

/// <summary>Finds files of the source tree from wherever the tests were built.</summary>
internal static class Repository
{
    /// <summary>The folder that holds KvmOperator.sln.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "KvmOperator.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("KvmOperator.sln is in no folder above " + AppContext.BaseDirectory);
    }
}
