using System.Diagnostics;
using System.Text.Json;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.StoredResponses;
using HiWay.Web.Gateway.Clients;
using HiWay.Web.Gateway.Stages;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.StoredResponses;

/// <summary><c>GET</c> and <c>DELETE /v1/responses/{id}</c> and <c>GET /v1/responses/{id}/input_items</c>, for answers that HiWay keeps itself.</summary>
internal sealed class ResponsesEndpoint(Authenticate authenticate, IStoredResponses stored, TimeProvider clock)
{
    public Task ReadAsync(HttpContext http) => WithAnswerAsync(http, static (json, conversation) => conversation.GetProperty("response").WriteTo(json));

    public Task ReadInputAsync(HttpContext http) => WithAnswerAsync(http, static (json, conversation) =>
    {
        json.WriteStartObject();
        json.WriteString("object"u8, "list"u8);
        json.WritePropertyName("data"u8);
        conversation.GetProperty("input").WriteTo(json);
        json.WriteBoolean("has_more"u8, false);
        json.WriteEndObject();
    });

    public async Task DeleteAsync(HttpContext http)
    {
        using var call = Begin(http);
        if (await authenticate.RunAsync(call) is { } error)
        {
            await UnmeteredAnswer.RefuseAsync(call, error);
            return;
        }

        var id = Id(http);
        if (!await stored.DeleteAsync(call.Workspace.Id, id, http.RequestAborted))
        {
            await UnmeteredAnswer.RefuseAsync(call, Missing(id));
            return;
        }

        await UnmeteredAnswer.WriteAsync(http, json =>
        {
            json.WriteStartObject();
            json.WriteString("id"u8, id);
            json.WriteString("object"u8, "response"u8);
            json.WriteBoolean("deleted"u8, true);
            json.WriteEndObject();
        });
    }

    private async Task WithAnswerAsync(HttpContext http, Action<Utf8JsonWriter, JsonElement> write)
    {
        using var call = Begin(http);
        if (await authenticate.RunAsync(call) is { } error)
        {
            await UnmeteredAnswer.RefuseAsync(call, error);
            return;
        }

        var id = Id(http);
        if (await stored.FindAsync(call.Workspace.Id, id, http.RequestAborted) is not { } conversation)
        {
            await UnmeteredAnswer.RefuseAsync(call, Missing(id));
            return;
        }

        var kept = JsonElement.Parse(conversation, new() { MaxDepth = 256 });
        await UnmeteredAnswer.WriteAsync(http, json => write(json, kept));
    }

    private static string Id(HttpContext http) => (string)http.GetRouteValue("id")!;

    private static GatewayError Missing(string id) => new(GatewayErrorKind.NotFound,
        $"There is no answer '{id}' here. HiWay keeps answers for a short time, unless 'store' was false; those of OpenAI's own models are kept by OpenAI.", "id");

    private GatewayCall Begin(HttpContext http) =>
        new(http, http.RequestId(), clock.GetUtcNow(), Stopwatch.GetTimestamp()) { Client = ClientDialects.OpenAiResponses };
}
