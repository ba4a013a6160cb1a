using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Hosting;

namespace HiWay.Infrastructure.Accounts;

/// <summary>
/// Reads the keys of cookies and links, or makes the first one, before anything asks for them. The framework would do that at start as well,
/// but it waits for the database with a blocked thread, and a start goes on where a socket completed: on a thread that the database's
/// answer needs (docs/decisions/0002-inline-io.md). A minute would pass until that wait gave up. Here a thread of the pool waits.
/// </summary>
internal sealed class SessionKeysAtStart(IDataProtectionProvider protection) : IHostedLifecycleService
{
    // After the migrations, which come in the same step of the start and are registered before this.
    public Task StartingAsync(CancellationToken cancellationToken) =>
        Task.Run(() => protection.CreateProtector(nameof(SessionKeysAtStart)).Protect([]), cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
