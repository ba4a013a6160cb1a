using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Domain.Ids;
using HiWay.Infrastructure.Snapshots;
using HiWay.Web.Gateway.Upstream;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway;

/// <summary>Calls for members: who may, and under which name in the books.</summary>
internal sealed class Playground(InProcessCalls calls, ISnapshots snapshots, TimeProvider time) : IPlayground
{
    public async IAsyncEnumerable<InProcessEvent> RunAsync(
        Actor actor, string endpoint, byte[] body, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var workspace = snapshots.Workspace(actor.WorkspaceId);
        if (Refusal(actor, workspace) is { } refusal)
        {
            yield return new InProcessEvent(ErrorEnvelope.StatusOf(refusal), Envelope(refusal, Ulid.New("req", time.GetUtcNow())));
            yield break;
        }

        var call = new InProcessCall(CallOrigin.Playground, endpoint, body, workspace!, KeyOf(actor, body), actor.IpAddress);
        await foreach (var shown in calls.RunAsync(call, cancellationToken))
        {
            yield return shown;
        }
    }

    /// <summary>Stands for the key that a member has not got. Counted by workspace; the tag says in the books who it was.</summary>
    private static WorkspaceKey KeyOf(Actor actor, byte[] body) => new()
    {
        Id = $"playground/{actor.WorkspaceId}", Name = "Playground", Prefix = "", CanInfer = true, IsTest = AsksTheTestModel(body), Tags = [$"member:{actor.Label}"],
    };

    /// <summary>A page has no `hw_test_` key to show, so naming the built-in model stands for one.</summary>
    private static bool AsksTheTestModel(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.ValueKind is JsonValueKind.Object && json.RootElement.TryGetProperty("model", out var model)
                && model.ValueKind is JsonValueKind.String && model.ValueEquals(TestProvider.ModelId);
        }
        catch (JsonException)
        {
            return false;   // the pipeline says what is wrong with it
        }
    }

    private static GatewayError? Refusal(Actor actor, WorkspaceSnapshot? workspace) =>
        actor.Lacks(Permission.UsePlayground) is { } lacks ? new GatewayError(GatewayErrorKind.PermissionDenied, lacks.Message)
        : workspace is null ? new GatewayError(GatewayErrorKind.Overloaded, "This workspace is not loaded yet. Try again in a moment.")
        : null;

    private static string Envelope(GatewayError error, string requestId)
    {
        using var buffer = new RentedBuffer(512);
        ErrorEnvelope.Write(buffer, error, requestId, default);
        return Encoding.UTF8.GetString(buffer.Span);
    }
}
