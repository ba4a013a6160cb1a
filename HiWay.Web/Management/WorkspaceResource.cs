using HiWay.Infrastructure.Accounts;

namespace HiWay.Web.Management;

/// <summary>The workspaces of a person, and the settings of one workspace.</summary>
internal static class WorkspaceResource
{
    internal sealed record CreateBody(string? Name = null);

    /// <summary>A field left out stays as it is; <c>flagship_model: null</c> goes back to the installation's.</summary>
    internal sealed record PatchBody
    {
        public string Name { get; init; } = null!;

        public string RoutingProfile { get; init; } = null!;

        public string SovereigntyZone { get; init; } = null!;

        public Optional<bool> PromptCaching { get; init; }

        public Optional<bool> LogContent { get; init; }

        public Optional<string?> FlagshipModel { get; init; }
    }

    internal sealed record DeleteBody(string? ConfirmName = null);

    public static void MapWorkspaces(this IEndpointRouteBuilder root)
    {
        root.MapGet("/workspaces", ListAsync).For(Caller.User);
        root.MapPost("/workspaces", CreateAsync).For(Caller.User);
    }

    public static void MapWorkspace(this IEndpointRouteBuilder workspace)
    {
        workspace.MapGet("/", GetAsync);
        workspace.MapPatch("/", PatchAsync);
        workspace.MapDelete("/", DeleteAsync);
    }

    private static async Task<IResult> ListAsync(ManagementCall call, IWorkspaces workspaces, CancellationToken cancellationToken) =>
        Answers.List(await workspaces.OfUserAsync(call.UserId!, cancellationToken));

    private static async Task<IResult> CreateAsync(ManagementCall call, JsonBody<CreateBody> body, IWorkspaces workspaces, CancellationToken cancellationToken) =>
        (await workspaces.CreateAsync(call.UserId!, body.Value.Name ?? "", call.IpAddress, cancellationToken)).Created();

    private static async Task<IResult> GetAsync(ManagementCall call, IWorkspaces workspaces, CancellationToken cancellationToken) =>
        (await workspaces.GetAsync(call.Actor, cancellationToken)).Ok();

    private static async Task<IResult> PatchAsync(ManagementCall call, JsonBody<PatchBody> body, IWorkspaces workspaces, CancellationToken cancellationToken)
    {
        var wanted = body.Value;
        var patch = new WorkspacePatch(
            wanted.Name, wanted.RoutingProfile, wanted.SovereigntyZone,
            wanted.PromptCaching.IsSet ? wanted.PromptCaching.Value : null,
            wanted.LogContent.IsSet ? wanted.LogContent.Value : null,
            wanted.FlagshipModel.IsSet ? wanted.FlagshipModel.Value ?? "" : null);
        return (await workspaces.PatchAsync(call.Actor, patch, cancellationToken)).Ok();
    }

    private static async Task<IResult> DeleteAsync(ManagementCall call, JsonBody<DeleteBody> body, IWorkspaces workspaces, CancellationToken cancellationToken) =>
        (await workspaces.DeleteAsync(call.Actor, body.Value.ConfirmName ?? "", cancellationToken)).NoContent();
}
