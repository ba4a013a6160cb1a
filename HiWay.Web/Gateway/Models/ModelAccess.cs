using HiWay.Domain.Catalogue;
using HiWay.Domain.Errors;
using HiWay.Domain.Routing;
using HiWay.Domain.Routing.Candidates;

namespace HiWay.Web.Gateway.Models;

/// <summary>Whether a call may go to a model that was named, be it by the caller or by an alias.</summary>
internal static class ModelAccess
{
    /// <summary>Why not; null when it may.</summary>
    public static GatewayError? Refusal(GatewayCall call, ModelEntry model)
    {
        if (!KeyModels.Allows(call.Key.AllowedModels, call.Body.Model, model))
        {
            return new GatewayError(GatewayErrorKind.ModelNotAllowed,
                $"This key may not use '{model.Id}'. Add it to the key's allowed models under Keys, or ask for one of them.", "model");
        }

        return ZoneRules.Allows(call.Workspace.Zone, model.Zone)
            ? null
            : new GatewayError(GatewayErrorKind.ModelNotAllowed,
                $"'{model.Id}' is outside this workspace's zone '{call.Workspace.Zone.Text()}'. An admin can change the zone under Settings.", "model");
    }

    /// <summary>The key bypasses the router, and the caller named a model in full: an alias or a short id is still HiWay's to resolve.</summary>
    public static bool Bypasses(GatewayCall call) => call.Key.RouterBypass && call.Workspace.ByModelId.ContainsKey(call.Body.Model);
}
