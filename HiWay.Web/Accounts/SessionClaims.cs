using System.Security.Claims;
using HiWay.Infrastructure.Database.Entities;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace HiWay.Web.Accounts;

/// <summary>What a session carries besides the user's id and name: what every page needs before it reads anything.</summary>
public sealed class SessionClaims(UserManager<UserRow> users, IOptions<IdentityOptions> options) : UserClaimsPrincipalFactory<UserRow>(users, options)
{
    public const string TimeZone = "hiway:time_zone";

    protected override async Task<ClaimsIdentity> GenerateClaimsAsync(UserRow user)
    {
        var identity = await base.GenerateClaimsAsync(user);
        if (user.TimeZone is not null)
        {
            identity.AddClaim(new Claim(TimeZone, user.TimeZone));
        }

        return identity;
    }
}
