using HiWay.Domain.Ids;
using HiWay.Domain.Shield;
using HiWay.Infrastructure.Database.Entities;

namespace HiWay.Web.Gateway.Shield;

/// <summary>What security events say of a call; taken while the call runs, because its parts are given back when it is over.</summary>
internal sealed record ShieldCall(
    string WorkspaceId, string RequestId, string? KeyId, string? EndUser, string? IpAddress, string RequestedModel, ShieldMode Mode, double Threshold)
{
    public static ShieldCall Of(GatewayCall call)
    {
        var header = call.Http.Request.Headers["X-HiWay-User"].ToString();
        var user = header.Length > 0 ? header : call.EndUser;
        return new(
            call.Workspace.Id, call.RequestId, call.KeyId, user is { Length: > 128 } ? user[..128] : user,
            call.Http.Connection.RemoteIpAddress?.ToString(), call.RequestedModel, ModeOf(call), call.Workspace.Shield.Threshold);
    }

    /// <summary>The key's own mode, else the workspace's.</summary>
    public static ShieldMode ModeOf(GatewayCall call) => call.Key.SecurityMode ?? call.Workspace.Shield.Mode;

    public SecurityEventRow Event(Threat threat, string sha256, bool blocked, bool output, DateTimeOffset at) => new()
    {
        Id = Ulid.New("sev", at),
        WorkspaceId = WorkspaceId,
        CreatedAt = at,
        RequestId = RequestId,
        KeyId = KeyId,
        EndUser = EndUser,
        ThreatType = threat.Type.Text(),
        Score = Math.Round(threat.Score, 4),
        Action = blocked ? "blocked" : "logged",
        Direction = output ? "output" : "input",
        Mode = Mode.Text(),
        Detail = threat.Detail,
        PromptSha256 = sha256,
        Model = RequestedModel.Length > 0 ? RequestedModel[..Math.Min(RequestedModel.Length, 200)] : null,
        IpAddress = IpAddress,
    };
}
