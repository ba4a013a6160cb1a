using HiWay.Infrastructure.Credentials;

namespace HiWay.Web.Management;

/// <summary>Several keys of one provider. The provider's own calls keep reading and writing the first one.</summary>
internal static class ProviderKeysResource
{
    internal sealed record PostBody(string? ApiKey = null, string? Label = null, int Weight = 1, bool Enabled = true, string? BaseUrl = null);

    /// <summary>A field left out stays.</summary>
    internal sealed record PatchBody(string? ApiKey = null, string? Label = null, int? Weight = null, bool? Enabled = null, string? BaseUrl = null);

    public static void MapProviderKeys(this IEndpointRouteBuilder workspace)
    {
        workspace.MapGet("/providers/{provider}/keys", ListAsync);
        workspace.MapPost("/providers/{provider}/keys", AddAsync);
        workspace.MapPatch("/providers/{provider}/keys/{id}", PatchAsync);
        workspace.MapDelete("/providers/{provider}/keys/{id}", DeleteAsync);
        workspace.MapPost("/providers/{provider}/keys/{id}/test", TestAsync);
    }

    private static async Task<IResult> ListAsync(ManagementCall call, string provider, IProviderKeys keys, CancellationToken cancellationToken) =>
        (await keys.ListAsync(call.Actor, provider, cancellationToken)).List();

    private static async Task<IResult> AddAsync(ManagementCall call, string provider, JsonBody<PostBody> body, IProviderKeys keys, CancellationToken cancellationToken)
    {
        var asked = body.Value;
        var draft = new ProviderKeyDraft(asked.ApiKey, asked.Label, asked.Weight, asked.Enabled, asked.BaseUrl);
        return (await keys.AddAsync(call.Actor, provider, draft, cancellationToken)).Created();
    }

    private static async Task<IResult> PatchAsync(ManagementCall call, string provider, string id, JsonBody<PatchBody> body, IProviderKeys keys, CancellationToken cancellationToken)
    {
        var asked = body.Value;
        var patch = new ProviderKeyPatch(asked.ApiKey, asked.Label, asked.Weight, asked.Enabled, asked.BaseUrl);
        return (await keys.PatchAsync(call.Actor, provider, id, patch, cancellationToken)).Ok();
    }

    private static async Task<IResult> DeleteAsync(ManagementCall call, string provider, string id, IProviderKeys keys, CancellationToken cancellationToken) =>
        (await keys.DeleteAsync(call.Actor, provider, id, cancellationToken)).NoContent();

    private static async Task<IResult> TestAsync(ManagementCall call, string provider, string id, IProviderKeys keys, CancellationToken cancellationToken) =>
        (await keys.TestAsync(call.Actor, provider, id, cancellationToken)).Ok();
}
