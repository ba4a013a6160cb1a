using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace HiWay.Web.Accounts;

/// <summary>
/// A circuit lives as long as its tab and sends no cookie after the first request, so it asks by itself whether the session still holds:
/// a changed password or "sign out everywhere" closes open pages too.
/// </summary>
internal sealed partial class RevalidatingSession(ILoggerFactory loggers, IServiceScopeFactory scopes, IOptions<SecurityStampValidatorOptions> cookies)
    : RevalidatingServerAuthenticationStateProvider(loggers)
{
    private readonly ILogger _log = loggers.CreateLogger<RevalidatingSession>();

    /// <summary>As often as the cookie of other requests is checked.</summary>
    protected override TimeSpan RevalidationInterval => cookies.Value.ValidationInterval;

    protected override async Task<bool> ValidateAuthenticationStateAsync(AuthenticationState state, CancellationToken cancellationToken)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var signIn = scope.ServiceProvider.GetRequiredService<SignInManager<UserRow>>();
            return await signIn.ValidateSecurityStampAsync(state.User) is not null;
        }
        catch (Exception failure) when (DatabaseFault.IsAway(failure) || failure is IOException)
        {
            // Nothing can be read or changed without the database either; to sign everybody out would only take their pages away.
            NotChecked(_log, failure);
            return true;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database is away: an open page keeps its session until it can be checked again")]
    private static partial void NotChecked(ILogger logger, Exception failure);
}
