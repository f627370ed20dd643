using Xunit;

namespace KvmOperator.HostTests.Lab;

/// <summary>
/// Notes a scenario that failed after one of its machines had died by itself. That says something of the emulator and nothing of the product: <c>tests/run</c> begins
/// such a scenario once more, and says so.
/// </summary>
internal static class CrashedMachines
{
    private static readonly string Notes = Path.Combine(Repository.Root, "artifacts", "tests", "crashed-machines");

    /// <summary>Begins a scenario, and notes what stood in its way.</summary>
    public static async Task<T> BeginAsync<T>(LabFixture fixture, Func<Task<T>> begin)
    {
        try
        {
            return await begin();
        }
        catch
        {
            await NoteAsync(fixture, failed: true);
            throw;
        }
    }

    /// <summary>Ends a scenario.</summary>
    public static Task EndAsync(LabFixture fixture) => NoteAsync(fixture, TestContext.Current.TestState?.Result == TestResult.Failed);

    private static async Task NoteAsync(LabFixture fixture, bool failed)
    {
        var dead = await fixture.DeathsAsync(CancellationToken.None);
        var test = TestContext.Current;
        if (failed && dead.Count > 0 && test is { TestClass: { } testClass, TestMethod: { } method })
        {
            test.TestOutputHelper?.WriteLine($"the laboratory itself broke down: {string.Join("; ", dead)}");
            Directory.CreateDirectory(Path.GetDirectoryName(Notes)!);
            await File.AppendAllTextAsync(Notes, $"{testClass.TestClassName}.{method.MethodName}\n", CancellationToken.None);
        }
    }
}
