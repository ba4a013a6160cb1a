using HiWay.Domain.Errors;
using HiWay.Infrastructure.Database.Entities;
using Microsoft.AspNetCore.Identity;

namespace HiWay.Infrastructure.Accounts;

/// <summary>The password asked once more, before something that an open screen must not be enough for.</summary>
public static class PasswordProof
{
    /// <summary>Null when it is right. Wrong ones count towards the account's lock-out: an unlocked screen is no licence to guess.</summary>
    /// <param name="param">The field that a refusal names.</param>
    public static async Task<Refusal?> JudgeAsync(UserManager<UserRow> users, UserRow user, string? password, string param)
    {
        if (await users.IsLockedOutAsync(user))
        {
            return new Refusal(RefusalKind.TooMany, "Too many wrong passwords. Try again in 15 minutes.", param);
        }

        if (await users.CheckPasswordAsync(user, password ?? ""))
        {
            return null;
        }

        await users.AccessFailedAsync(user);
        return new Refusal(RefusalKind.Invalid, "This is not your present password.", param);
    }
}
