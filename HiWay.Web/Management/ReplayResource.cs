using HiWay.Infrastructure.Replay;

namespace HiWay.Web.Management;

/// <summary><c>routing/replay</c>: what other settings would have done with the calls of the last days.</summary>
internal static class ReplayResource
{
    /// <param name="Days">1 to 30.</param>
    /// <param name="Settings">As <c>PUT routing</c> takes them; what is left out stays as saved.</param>
    internal sealed record ReplayBody(int Days = 7, RoutingResource.SettingsBody? Settings = null);

    public static void MapReplay(this IEndpointRouteBuilder workspace) => workspace.MapPost("/routing/replay", RunAsync)
        .WithName("ReplayRouting").WithSummary("Decides logged calls of auto again under other settings; saves nothing.");

    private static async Task<IResult> RunAsync(ManagementCall call, JsonBody<ReplayBody> body, IReplay replay, CancellationToken cancellationToken)
    {
        var patch = (body.Value.Settings ?? new()).ToPatch();
        return patch.Refusal is { } wrong
            ? (wrong with { Param = $"settings.{wrong.Param}" }).Refused()
            : (await replay.RunAsync(call.Actor, body.Value.Days, patch.Value, null, cancellationToken)).Ok();
    }
}
