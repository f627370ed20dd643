namespace KvmOperator.HostTests.Lab;

internal static class CommandResultTasks
{
    public static async Task<CommandResult> ContinueWithSuccess(this Task<CommandResult> result) => (await result).EnsureSuccess();
}
