using HiWay.Infrastructure.Database.Entities;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.AspNetCore.Identity;

namespace HiWay.Web.Accounts;

/// <summary>
/// A circuit lives as long as its tab and sends no cookie after the first request, so it asks by itself whether the session still holds:
/// a changed password or "sign out everywhere" closes open pages too.
/// </summary>
internal sealed class RevalidatingSession(ILoggerFactory loggers, IServiceScopeFactory scopes) : RevalidatingServerAuthenticationStateProvider(loggers)
{
    protected override TimeSpan RevalidationInterval => TimeSpan.FromMinutes(1);

    protected override async Task<bool> ValidateAuthenticationStateAsync(AuthenticationState state, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var signIn = scope.ServiceProvider.GetRequiredService<SignInManager<UserRow>>();
        return await signIn.ValidateSecurityStampAsync(state.User) is not null;
    }
}
