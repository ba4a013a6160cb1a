using HiWay.Infrastructure.Credentials;
using HiWay.Infrastructure.Providers;

namespace HiWay.Web.Management;

/// <summary>The workspace's own keys at providers. They go in and never come out again.</summary>
internal static class ProvidersResource
{
    internal sealed record PutBody(
        string? ApiKey = null, string? BaseUrl = null, bool Enabled = true, string? Kind = null, IReadOnlyList<string>? Models = null,
        string? AccessKeyId = null, string? SecretAccessKey = null, string? SessionToken = null, ProviderSettings? Settings = null);

    /// <summary>A field left out stays. An empty <c>base_url</c> takes the provider's own, an empty list of models all of them; <c>settings</c> replaces all of them.</summary>
    internal sealed record PatchBody(
        string? ApiKey = null, string? BaseUrl = null, bool? Enabled = null, IReadOnlyList<string>? Models = null,
        string? AccessKeyId = null, string? SecretAccessKey = null, string? SessionToken = null, ProviderSettings? Settings = null);

    public static void MapProviders(this IEndpointRouteBuilder workspace)
    {
        workspace.MapGet("/providers", ListAsync);
        workspace.MapGet("/providers/{provider}", GetAsync);
        workspace.MapPut("/providers/{provider}", PutAsync);
        workspace.MapPatch("/providers/{provider}", PatchAsync);
        workspace.MapDelete("/providers/{provider}", DeleteAsync);
        workspace.MapPost("/providers/{provider}/test", TestAsync);
    }

    private static async Task<IResult> ListAsync(ManagementCall call, ICredentials credentials, CancellationToken cancellationToken) =>
        (await credentials.ListAsync(call.Actor, cancellationToken)).List();

    private static async Task<IResult> GetAsync(ManagementCall call, string provider, ICredentials credentials, CancellationToken cancellationToken) =>
        (await credentials.GetAsync(call.Actor, provider, cancellationToken)).Ok();

    private static async Task<IResult> PutAsync(ManagementCall call, string provider, JsonBody<PutBody> body, ICredentials credentials, CancellationToken cancellationToken)
    {
        var asked = body.Value;
        var draft = new CredentialDraft(asked.ApiKey, asked.BaseUrl, asked.Enabled, asked.Kind, asked.Models)
        {
            AccessKey = new(asked.AccessKeyId, asked.SecretAccessKey, asked.SessionToken), Settings = asked.Settings,
        };
        return (await credentials.PutAsync(call.Actor, provider, draft, cancellationToken)).Ok();
    }

    private static async Task<IResult> PatchAsync(ManagementCall call, string provider, JsonBody<PatchBody> body, ICredentials credentials, CancellationToken cancellationToken)
    {
        var asked = body.Value;
        var patch = new CredentialPatch(asked.ApiKey, asked.BaseUrl, asked.Enabled, asked.Models)
        {
            AccessKey = new(asked.AccessKeyId, asked.SecretAccessKey, asked.SessionToken), Settings = asked.Settings,
        };
        return (await credentials.PatchAsync(call.Actor, provider, patch, cancellationToken)).Ok();
    }

    private static async Task<IResult> DeleteAsync(ManagementCall call, string provider, ICredentials credentials, CancellationToken cancellationToken) =>
        (await credentials.DeleteAsync(call.Actor, provider, cancellationToken)).NoContent();

    private static async Task<IResult> TestAsync(ManagementCall call, string provider, ICredentials credentials, CancellationToken cancellationToken) =>
        (await credentials.TestAsync(call.Actor, provider, cancellationToken)).Ok();
}
