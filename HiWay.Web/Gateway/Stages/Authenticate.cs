using System.Security.Cryptography;
using System.Text;
using HiWay.Domain.Errors;
using HiWay.Domain.Keys;
using HiWay.Infrastructure.Snapshots;
using Microsoft.Extensions.Primitives;

namespace HiWay.Web.Gateway.Stages;

/// <summary>From the shown key to its workspace, and whether it may call models now.</summary>
internal sealed class Authenticate(ISnapshots snapshots, TimeProvider time) : Stage("authenticate")
{
    private readonly SeenHeaders _seen = new();

    /// <summary>Decides, and when the key is unknown asks the database once, because another node may have made it a moment ago.</summary>
    public ValueTask<GatewayError?> RunAsync(GatewayCall call)
    {
        var error = Run(call);
        return error is { Kind: GatewayErrorKind.AuthenticationFailed } && !call.Authenticated ? AskAsync(call, error) : new(error);
    }

    protected override GatewayError? Decide(GatewayCall call, out string verdict)
    {
        if (call.Authenticated)
        {
            verdict = "member";
            return IpDenied(call, call.Workspace, ref verdict) ?? (call.Workspace.Suspended ? Suspended() : null);
        }

        verdict = "refused";
        var headers = call.Http.Request.Headers;
        var secret = ShownSecret(headers);
        if (secret.IsEmpty)
        {
            return new GatewayError(GatewayErrorKind.AuthenticationFailed,
                "No API key was given. Send 'Authorization: Bearer hw_live_…'; keys are made in the dashboard under Keys.");
        }

        if (Find(secret, headers.Authorization) is not { } grant || grant.ValidUntil <= time.GetUtcNow())
        {
            return new GatewayError(GatewayErrorKind.AuthenticationFailed,
                "This API key is not known, or it was revoked. Check it, or make a new one in the dashboard under Keys.");
        }

        call.Workspace = grant.Workspace;
        call.Key = grant.Key;
        call.Authenticated = true;
        if (grant.Key.ExpiresAt is { } expiry && expiry <= time.GetUtcNow())
        {
            return new GatewayError(GatewayErrorKind.AuthenticationFailed,
                $"This API key expired on {expiry.UtcDateTime:yyyy-MM-dd HH:mm} UTC. Extend it or make a new one in the dashboard under Keys.");
        }

        if (IpDenied(call, grant.Workspace, ref verdict) is { } denied)
        {
            return denied;
        }

        if (grant.Workspace.Suspended)
        {
            return Suspended();
        }

        if (grant.Key.Suspended)
        {
            return KeySuspended(grant.Key.SuspendedByRule);
        }

        if (!grant.Key.CanInfer)
        {
            return new GatewayError(GatewayErrorKind.PermissionDenied,
                "This API key lacks the scope 'inference'. Add it in the dashboard under Keys, or use another key.");
        }

        verdict = "key";
        return null;
    }

    /// <summary>What the caller shows: a bearer token, or the Anthropic clients' header.</summary>
    internal static ReadOnlySpan<char> ShownSecret(IHeaderDictionary headers)
    {
        const string Scheme = "Bearer ";
        var authorization = headers.Authorization.ToString().AsSpan().Trim();
        return authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? authorization[Scheme.Length..].Trim()
            : headers["x-api-key"].ToString().AsSpan().Trim();
    }

    private static GatewayError? IpDenied(GatewayCall call, WorkspaceSnapshot workspace, ref string verdict)
    {
        var from = call.Http.Connection.RemoteIpAddress;
        if (workspace.IpRules.Admits(from))
        {
            return null;
        }

        verdict = "ip denied";
        return new GatewayError(GatewayErrorKind.IpDenied, $"This workspace's IP rules do not admit {from?.ToString() ?? "an unknown address"}. An admin can change them under Security.");
    }

    /// <param name="rule">The Guardian rule that suspended it, where one did.</param>
    internal static GatewayError KeySuspended(string? rule) => new(GatewayErrorKind.KeySuspended,
        $"This API key is suspended{(rule is null ? "" : $" by Guardian's rule '{rule}'")}. See what it did in the dashboard under Guardian, and restore it there or under Keys.")
    {
        Details = [new("rule", rule)],
    };

    private static GatewayError Suspended() => new(GatewayErrorKind.WorkspaceSuspended,
        "This workspace is suspended. Its owner can ask the operator of this installation why.");

    private async ValueTask<GatewayError?> AskAsync(GatewayCall call, GatewayError error)
    {
        var secret = ShownSecret(call.Http.Request.Headers);
        if (!ApiKeySecret.LooksLikeOne(secret) || Find(secret, default) is not null)
        {
            return error;   // no key of ours, or one whose overlap has ended
        }

        if (await snapshots.FindOrAskAsync(ApiKeySecret.Hash(secret.ToString()), call.Http.RequestAborted) is null)
        {
            return error;
        }

        call.Trace.Clear();   // the first look is part of the second's story
        return Run(call);
    }

    /// <param name="shown">The header that the secret may be part of.</param>
    private KeyGrant? Find(ReadOnlySpan<char> secret, StringValues shown)
    {
        var header = shown.Count == 1 && shown[0] is { } only && secret.Overlaps(only) ? only : null;
        if (header is not null && _seen.DigestOf(header) is { } digest)
        {
            return snapshots.Find(digest);
        }

        if (!ApiKeySecret.LooksLikeOne(secret))
        {
            return null;
        }

        Span<byte> ascii = stackalloc byte[ApiKeySecret.Length];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Encoding.ASCII.GetBytes(secret, ascii);
        SHA256.HashData(ascii, hash);
        var grant = snapshots.Find(hash);
        if (grant is not null && header is not null)
        {
            _seen.Keep(header, hash);
        }

        return grant;
    }
}
