using HiWay.Infrastructure.Database;
using HiWay.Infrastructure.Database.Entities;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace HiWay.Infrastructure.Accounts;

/// <summary>
/// Codes of authenticator apps that count once, as RFC 6238 demands in section 5.2: who reads one over somebody's shoulder, or from a false page,
/// must not get in with it. Identity's own provider, whose place it takes, takes a code again for as long as it is valid.
/// </summary>
/// <remarks>Codes that have counted are kept for a while in the table of Identity's tokens, a row for each.</remarks>
public sealed class AuthenticatorCodes(HiWayDb db) : AuthenticatorTokenProvider<UserRow>
{
    /// <summary>Longer than any code is valid: Identity takes those of two half minutes before and after the present one, 150 seconds in all.</summary>
    private const int KeptSeconds = 300;

    /// <summary>Marks the rows that are not Identity's own.</summary>
    private const string UsedCodes = "[HiWay] used authenticator codes";

    /// <summary>Whether the code is right and has not counted before. From then on it has.</summary>
    public override async Task<bool> ValidateAsync(string purpose, string token, UserManager<UserRow> manager, UserRow user)
    {
        if (!await base.ValidateAsync(purpose, token, manager, user))
        {
            return false;
        }

        // By the database's clock, which all nodes share. Seconds have ten digits until 2286, so they compare as texts.
        await db.Database.ExecuteSqlAsync($"""
            DELETE FROM user_tokens
            WHERE user_id = {user.Id} AND login_provider = {UsedCodes} AND value < (extract(epoch FROM now())::bigint - {KeptSeconds})::text
            """);

        // Of two who show the same code at once, on whatever nodes, one makes the row.
        return await db.Database.ExecuteSqlAsync($"""
            INSERT INTO user_tokens (user_id, login_provider, name, value)
            VALUES ({user.Id}, {UsedCodes}, {Bare(token)}, extract(epoch FROM now())::bigint::text)
            ON CONFLICT DO NOTHING
            """) == 1;
    }

    /// <summary>Whether a code that was refused is one that has just counted, so that a person can be told to wait for the next.</summary>
    public Task<bool> WasUsedAsync(string code, UserRow user)
    {
        var bare = Bare(code);
        return db.UserTokens.AnyAsync(row => row.UserId == user.Id && row.LoginProvider == UsedCodes && row.Name == bare);
    }

    /// <summary>Identity reads a code as a number: <c>012345</c> and <c>12345</c> are the same one.</summary>
    private static string Bare(string code) => code.Trim().TrimStart('+', '0');
}
