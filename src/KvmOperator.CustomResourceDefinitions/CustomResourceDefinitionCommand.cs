using KvmOperator.Api;

namespace KvmOperator.CustomResourceDefinitions;

/// <summary>The command line: writes the definitions of all kinds into the folder that it names.</summary>
internal static class CustomResourceDefinitionCommand
{
    private const int Done = 0;
    private const int Failed = 1;
    private const int Misused = 2;

    /// <summary>Carries the command line out and answers the exit code of the process.</summary>
    /// <param name="arguments">The whole command line.</param>
    /// <param name="output">Told each file that was written.</param>
    /// <param name="error">Told what went wrong.</param>
    /// <param name="cancellationToken">Ends the work between two writes.</param>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        if (arguments is not [{ Length: > 0 } folder])
        {
            await error.WriteLineAsync("usage: KvmOperator.CustomResourceDefinitions FOLDER");
            return Misused;
        }

        try
        {
            Directory.CreateDirectory(folder);
            foreach (var file in CustomResourceDefinitionGenerator.GenerateAll(typeof(ApiGroup).Assembly).Select(CustomResourceDefinitionFile.Of))
            {
                var path = Path.Combine(folder, file.Name);
                await File.WriteAllTextAsync(path, file.Text, cancellationToken);
                await output.WriteLineAsync(path);
            }

            return Done;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync($"The definitions were not written: {refused.Message}");
            return Failed;
        }
    }
}
