using KvmOperator.Hosts.Ssh;
using Xunit;

namespace KvmOperator.HostTests.Ssh;

/// <summary>Who may log in, and how a refusal is treated, on a real sshd.</summary>
public sealed class SshAuthenticationTests
{
    private static readonly RemoteCommand Hello = RemoteCommand.Of("echo", "hello");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("ed25519")]
    [InlineData("rsa")]
    [InlineData("ecdsa")]
    public async Task A_key_with_a_passphrase_opens_the_connection(string type)
    {
        await using var server = await SshServer.StartAsync();
        var (privateKey, publicKey) = await server.CreateKeyAsync("protected", type, "correct horse");
        await server.AuthorizeAsync(publicKey);

        await using var shell = ShellFactory.Create(server.Settings with { Credentials = new() { PrivateKey = privateKey, Passphrase = "correct horse" } });

        Assert.Equal("hello", await shell.ReadAsync(Hello, Cancelled));
    }

    [Theory]
    [InlineData("ed25519")]
    [InlineData("rsa")]
    public async Task A_key_that_came_with_the_line_ends_of_Windows_opens_the_connection(string type)
    {
        await using var server = await SshServer.StartAsync();
        var (privateKey, publicKey) = await server.CreateKeyAsync("windows", type, string.Empty);
        await server.AuthorizeAsync(publicKey);

        await using var shell = ShellFactory.Create(server.Settings with { Credentials = new() { PrivateKey = privateKey.ReplaceLineEndings("\r\n") } });

        Assert.Equal("hello", await shell.ReadAsync(Hello, Cancelled));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("wrong")]
    public async Task A_missing_or_wrong_passphrase_is_told_without_asking_the_host(string? passphrase)
    {
        await using var server = await SshServer.StartAsync();
        var (privateKey, _) = await server.CreateKeyAsync("protected", "ed25519", "correct horse");
        await using var shell = ShellFactory.Create(server.Settings with { Credentials = new() { PrivateKey = privateKey, Passphrase = passphrase } });

        await Assert.ThrowsAsync<UnusableCredentialsException>(() => shell.RunAsync(Hello, Cancelled));

        Assert.Equal(0, server.CountConnections());
    }

    [Theory]
    [InlineData("")]
    [InlineData("not a key")]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n")]
    public async Task A_private_key_that_is_none_is_a_clear_error(string privateKey)
    {
        await using var server = await SshServer.StartAsync();
        await using var shell = ShellFactory.Create(server.Settings with { Credentials = new() { PrivateKey = privateKey } });

        await Assert.ThrowsAsync<UnusableCredentialsException>(() => shell.RunAsync(Hello, Cancelled));
    }

    [Fact]
    public async Task A_password_opens_the_connection()
    {
        await using var user = await SudoUser.CreateAsync();
        await user.AllowSudoAsync();
        await using var server = await SshServer.StartAsync("PasswordAuthentication yes");
        await using var shell = ShellFactory.Create(server.Settings with { User = user.Name, Credentials = new() { Password = user.Password } });

        Assert.Equal("hello", await shell.ReadAsync(Hello, Cancelled));
    }

    [Fact]
    public async Task Refused_credentials_are_not_tried_again_but_changed_ones_are_at_once()
    {
        await using var server = await SshServer.StartAsync();
        var (strangersKey, _) = await server.CreateKeyAsync("stranger", "ed25519", string.Empty);
        await using var shells = ShellFactory.CreateShells();
        var refused = shells.Get(server.Settings with { Credentials = new() { PrivateKey = strangersKey } });

        for (var attempt = 0; attempt < 5; attempt++)
        {
            var error = await Assert.ThrowsAsync<AuthenticationRefusedException>(() => refused.RunAsync(Hello, Cancelled));
            Assert.True(error.NextAttempt > TimeProvider.System.GetUtcNow());
        }

        Assert.Equal(1, server.CountConnections());
        Assert.Equal("hello", await shells.Get(server.Settings).ReadAsync(Hello, Cancelled));
    }
}
