namespace KvmOperator.HostTests.Ssh;

/// <summary>An ordinary user of the test machine, with a password and a noisy start-up file; removed at the end.</summary>
internal sealed class SudoUser : IAsyncDisposable
{
    private SudoUser(string name) => Name = name;

    public string Name { get; }

    public string Password { get; } = Guid.NewGuid().ToString("N");

    private string Sudoers => $"/etc/sudoers.d/{Name}";

    public static async Task<SudoUser> CreateAsync()
    {
        var user = new SudoUser("kvmop" + Guid.NewGuid().ToString("N")[..8]);
        await LocalCommand.RunAsync("useradd", ["--create-home", "--shell", "/bin/bash", user.Name]);
        await LocalCommand.RunAsync("chpasswd", [], $"{user.Name}:{user.Password}");
        await File.WriteAllTextAsync($"/home/{user.Name}/.bashrc", "echo welcome to this machine; echo and mind the step >&2\n");
        return user;
    }

    public async Task AllowSudoAsync()
    {
        await File.WriteAllTextAsync(Sudoers, $"{Name} ALL=(ALL) NOPASSWD: ALL\n");
        await LocalCommand.RunAsync("chmod", ["0400", Sudoers]);
    }

    public async ValueTask DisposeAsync()
    {
        File.Delete(Sudoers);
        await LocalCommand.RunAsync("userdel", ["--force", "--remove", Name]);
    }
}
