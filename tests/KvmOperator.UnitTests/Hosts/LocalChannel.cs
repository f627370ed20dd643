using System.Diagnostics;
using System.Text;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.UnitTests.Hosts;

/// <summary>A held process of this computer.</summary>
internal sealed class LocalChannel : IHostChannel
{
    private readonly Process process;

    public LocalChannel(Process process)
    {
        this.process = process;
        Ended = EndAsync();
    }

    public Stream Input => process.StandardInput.BaseStream;

    public Stream Output => process.StandardOutput.BaseStream;

    public Task<CommandResult> Ended { get; }

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        process.StandardOutput.Close();
        await Ended.WaitAsync(TimeSpan.FromSeconds(10)).ContinueWith(_ => { }, TaskScheduler.Default);
        if (!process.HasExited)
        {
            process.Kill();
        }

        process.Dispose();
    }

    private async Task<CommandResult> EndAsync()
    {
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new CommandResult(process.ExitCode, null, default, Encoding.UTF8.GetBytes(error), TimeSpan.Zero);
    }
}
