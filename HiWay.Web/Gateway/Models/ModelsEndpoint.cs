using System.Diagnostics;
using System.Text.Json;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.Snapshots;
using HiWay.Web.Gateway.Clients;
using HiWay.Web.Gateway.Stages;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Models;

/// <summary><c>GET /v1/models</c> and <c>GET /v1/models/{id}</c>. Reads memory only, costs nothing and counts against no limit.</summary>
internal sealed class ModelsEndpoint(Authenticate authenticate, ISnapshots snapshots, TimeProvider clock)
{
    public async Task ListAsync(HttpContext http)
    {
        using var call = Begin(http);
        if (await authenticate.RunAsync(call) is { } error)
        {
            await UnmeteredAnswer.RefuseAsync(call, error);
            return;
        }

        var filter = ModelFilter.Read(http.Request.Query, call.Workspace, snapshots.Catalogue);
        if (filter.Refusal is { } refusal)
        {
            await UnmeteredAnswer.RefuseAsync(call, new GatewayError(GatewayErrorKind.InvalidRequest, refusal.Message, refusal.Param));
            return;
        }

        var now = clock.GetUtcNow();
        var forAnthropic = IsAnthropic(http);
        IReadOnlyList<ModelEntry> models = [.. ModelList.Of(call.Workspace, call.Key, snapshots.Catalogue, filter.Value)];
        var hasMore = false;
        if (forAnthropic)
        {
            var page = ModelPage.Read(http.Request.Query, models);
            if (page.Refusal is { } wrong)
            {
                await UnmeteredAnswer.RefuseAsync(call, new GatewayError(GatewayErrorKind.InvalidRequest, wrong.Message, wrong.Param));
                return;
            }

            (models, hasMore) = page.Value;
        }

        await UnmeteredAnswer.WriteAsync(http, json =>
        {
            json.WriteStartObject();
            json.WriteString("object"u8, "list"u8);
            json.WriteStartArray("data"u8);
            foreach (var model in models)
            {
                ModelPresenter.Write(json, model, now, forAnthropic);
            }

            json.WriteEndArray();
            if (forAnthropic)
            {
                json.WriteBoolean("has_more"u8, hasMore);
                json.WriteString("first_id"u8, models is [var first, ..] ? first.Id : null);
                json.WriteString("last_id"u8, models is [.., var last] ? last.Id : null);
            }

            json.WriteEndObject();
        });
    }

    public async Task ReadAsync(HttpContext http)
    {
        using var call = Begin(http);
        if (await authenticate.RunAsync(call) is { } error)
        {
            await UnmeteredAnswer.RefuseAsync(call, error);
            return;
        }

        var name = RouteText.WithSlashes((string)http.GetRouteValue("id")!);
        if (ModelList.Find(call.Workspace, call.Key, name) is not { } model)
        {
            await UnmeteredAnswer.RefuseAsync(call, new GatewayError(GatewayErrorKind.NoSuchModel, Missing(name), "model"));
            return;
        }

        await UnmeteredAnswer.WriteAsync(http, json => ModelPresenter.Write(json, model, clock.GetUtcNow(), IsAnthropic(http)));
    }

    /// <summary>Both dialects list models on this route; only Anthropic's clients say which version of their API they speak.</summary>
    private static bool IsAnthropic(HttpContext http) => http.Request.Headers.ContainsKey("anthropic-version");

    private string Missing(string name)
    {
        var known = snapshots.Catalogue.FirstOrDefault(model => model.Id == name);
        return known is null
            ? $"There is no model '{name}'; GET /v1/models lists those that this key can call."
            : $"Model '{name}' is in the catalogue, but this key cannot call it: the provider '{known.Provider}' is not configured in this workspace, or the model is disabled or not among the key's allowed models.";
    }

    private GatewayCall Begin(HttpContext http)
    {
        var client = IsAnthropic(http) ? ClientDialects.AnthropicMessages : ClientDialects.OpenAiChat;
        client.WriteHeaders(http.Response.Headers, http.RequestId());
        return new(http, http.RequestId(), clock.GetUtcNow(), Stopwatch.GetTimestamp()) { Client = client };
    }
}
