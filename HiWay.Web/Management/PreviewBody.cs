using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Routing;
using Microsoft.AspNetCore.Http.Metadata;

namespace HiWay.Web.Management;

/// <summary>
/// The body of <c>routing/preview</c>: a chat body, and beside its members <c>settings</c> to try and the <c>key_id</c> whose restrictions
/// hold. Of a chat body unknown members are no mistake; of settings they are.
/// </summary>
internal sealed class PreviewBody : IRefusable, IEndpointParameterMetadataProvider
{
    private PreviewBody()
    {
    }

    /// <summary>Without the preview's own members; for <c>auto</c> when no model is named.</summary>
    public ReadOnlyMemory<byte> Chat { get; private init; }

    public RoutingPatch? Tried { get; private init; }

    public string? KeyId { get; private init; }

    public Refusal? Refusal { get; private init; }

    public static async ValueTask<PreviewBody?> BindAsync(HttpContext http)
    {
        var chat = await JsonBody<JsonObject>.BindAsync(http);
        if (chat?.Refusal is { } wrong)
        {
            return new() { Refusal = wrong };
        }

        var json = chat!.Value;
        RoutingPatch? tried = null;
        if (json["settings"] is { } settings)
        {
            var read = JsonBody<RoutingResource.SettingsBody>.Parse(JsonSerializer.SerializeToUtf8Bytes(settings));
            var patch = read.Refusal is { } refusal ? refusal : read.Value.ToPatch();
            if (patch.Refusal is { } wrongSettings)
            {
                return new() { Refusal = wrongSettings with { Param = wrongSettings.Param is { } param ? $"settings.{param}" : "settings" } };
            }

            tried = patch.Value;
        }

        if (json["key_id"] is { } keyId && keyId.GetValueKind() is not JsonValueKind.String)
        {
            return new() { Refusal = new(RefusalKind.Invalid, "'key_id' must be the id of a key.", "key_id") };
        }

        var key = json["key_id"]?.GetValue<string>();
        json.Remove("settings");
        json.Remove("key_id");
        if (!json.ContainsKey("model"))
        {
            json["model"] = "auto";
        }

        return new() { Chat = JsonSerializer.SerializeToUtf8Bytes(json, ManagementJson.Options), Tried = tried, KeyId = key };
    }

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(new AcceptsMetadata(["application/json"], typeof(JsonObject)));
}
