using HiWay.Infrastructure.Accounts;
using HiWay.Web.Accounts;

namespace HiWay.Web.Management;

/// <summary>
/// The device flow for command lines (RFC 8628). Requests come as forms, as the RFC has it, or as JSON. Answers of <c>device/token</c> are the
/// RFC's too, errors included (<c>{"error":"authorization_pending"}</c>): OAuth clients read these and nothing else.
/// </summary>
internal static class DeviceResource
{
    private const string GrantType = "urn:ietf:params:oauth:grant-type:device_code";

    public static void MapDevice(this IEndpointRouteBuilder root)
    {
        root.MapPost("/device/code", StartAsync).For(Caller.Anyone);
        root.MapPost("/device/token", TakeAsync).For(Caller.Anyone);
    }

    /// <param name="call">The caller.</param>
    /// <param name="fields"><c>client_id</c>: how the program calls itself, shown to the person who approves.</param>
    private static async Task<IResult> StartAsync(ManagementCall call, OAuthFields fields, IDeviceGrants grants, PublicAddress address, CancellationToken cancellationToken)
    {
        var started = await grants.StartAsync(fields["client_id"], call.IpAddress, cancellationToken);
        var page = address.For(call.Http.Request) + "/device";
        return started.Ok(code => new
        {
            code.DeviceCode,
            code.UserCode,
            VerificationUri = page,
            VerificationUriComplete = $"{page}?user_code={code.UserCode}",
            ExpiresIn = (int)code.Lifetime.TotalSeconds,
            Interval = (int)code.Interval.TotalSeconds,
        });
    }

    private static async Task<IResult> TakeAsync(OAuthFields fields, IDeviceGrants grants, CancellationToken cancellationToken)
    {
        if (fields["grant_type"] is { } grantType && grantType != GrantType)
        {
            return Error("unsupported_grant_type", $"'grant_type' must be {GrantType}.");
        }

        if (fields["device_code"] is not { Length: > 0 } deviceCode)
        {
            return Error("invalid_request", "'device_code' is missing.");
        }

        var (answer, key) = await grants.TakeAsync(deviceCode, cancellationToken);
        return answer switch
        {
            DeviceAnswer.Pending => Error("authorization_pending", "Nobody has decided yet. Ask again in five seconds."),
            DeviceAnswer.SlowDown => Error("slow_down", "Ask every five seconds, not faster."),
            DeviceAnswer.Denied => Error("access_denied", "The request was denied in the dashboard."),
            DeviceAnswer.Expired => Error("expired_token", "The code has expired. Start again."),
            DeviceAnswer.Unknown => Error("invalid_grant", "This device code is unknown, or its key has been handed out."),
            DeviceAnswer.Approved => Answers.Ok<object>(new
            {
                AccessToken = key!.Key,
                TokenType = "Bearer",
                Scope = string.Join(' ', key.View.Scopes),
                Key = new { key.View.Id, key.View.Name, key.View.Prefix, key.View.Scopes },
            }),
        };
    }

    private static IResult Error(string error, string description) =>
        Answers.Status(StatusCodes.Status400BadRequest, new { Error = error, ErrorDescription = description });
}
