using System.Diagnostics;
using System.IO.Pipelines;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using HiWay.Domain.Accounts;
using HiWay.Domain.Errors;
using HiWay.Domain.Ids;
using HiWay.Infrastructure.Dialects.Sse;
using HiWay.Infrastructure.Snapshots;
using HiWay.Web.Gateway.Clients;
using HiWay.Web.Gateway.Operations;
using HiWay.Web.Gateway.Upstream;
using HiWay.Web.Gateway.Wire;
using Microsoft.AspNetCore.Http.Features;

namespace HiWay.Web.Gateway;

/// <summary>Runs the pipeline on a request that never was on the network; its answer is read from a pipe.</summary>
internal sealed class Playground(GatewayEntry entry, ISnapshots snapshots, TimeProvider time) : IPlayground
{
    public async IAsyncEnumerable<PlaygroundEvent> RunAsync(
        Actor actor, string endpoint, byte[] body, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var id = Ulid.New("req", now);
        if (Refusal(actor, snapshots.Workspace(actor.WorkspaceId)) is { } refusal)
        {
            yield return new PlaygroundEvent(ErrorEnvelope.StatusOf(refusal), Envelope(refusal, id));
            yield break;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pipe = new Pipe();
        var http = NewRequest(id, body, pipe, actor, stop.Token);
        using var call = new GatewayCall(http, id, Ulid.TimeOf(id) ?? now, Stopwatch.GetTimestamp())
        {
            FromPlayground = true,
            Client = ClientDialects.All.FirstOrDefault(dialect => dialect.Endpoint == endpoint) ?? ClientDialects.OpenAiChat,
            Operation = endpoint == "/v1/images/generations" ? new ImagesOperation() : null,
            Workspace = snapshots.Workspace(actor.WorkspaceId)!,
            Key = KeyOf(actor, body),
            Authenticated = true,
        };
        var running = RunAsync(call, pipe.Writer);
        try
        {
            await foreach (var json in ReadAsync(pipe.Reader, http.Response, cancellationToken))
            {
                yield return new PlaygroundEvent(http.Response.StatusCode, json);
            }
        }
        finally
        {
            // The page may have gone in the middle; the call then ends as when a client hangs up.
            await stop.CancelAsync();
            await running;
            await pipe.Reader.CompleteAsync();
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

    private async Task RunAsync(GatewayCall call, PipeWriter output)
    {
        // Off the page's own thread: a circuit draws while the model writes.
        await Task.Yield();
        try
        {
            await entry.RunAsync(call);
        }
        finally
        {
            await output.CompleteAsync();
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

    private static DefaultHttpContext NewRequest(string id, byte[] body, Pipe pipe, Actor actor, CancellationToken stop)
    {
        var http = new DefaultHttpContext { TraceIdentifier = id, RequestAborted = stop };
        http.Connection.RemoteIpAddress = IPAddress.TryParse(actor.IpAddress, out var address) ? address : null;
        http.Request.Method = HttpMethods.Post;
        http.Request.ContentType = "application/json";
        http.Request.ContentLength = body.Length;
        http.Request.Body = new MemoryStream(body);
        http.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(pipe.Writer.AsStream()));
        return http;
    }

    private static async IAsyncEnumerable<string> ReadAsync(PipeReader reader, HttpResponse response, [EnumeratorCancellation] CancellationToken stop)
    {
        var received = new RentedBuffer(4096);
        var sse = new SseReader();
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync(stop);
                foreach (var segment in read.Buffer)
                {
                    System.Buffers.BuffersExtensions.Write(received, segment.Span);
                }

                reader.AdvanceTo(read.Buffer.End);
                if (response.ContentType?.StartsWith("text/event-stream", StringComparison.Ordinal) is true)
                {
                    while (Next(ref sse, received) is { } data)
                    {
                        if (data is not ("" or "[DONE]"))
                        {
                            yield return data;
                        }
                    }
                }

                if (read.IsCompleted)
                {
                    break;
                }
            }

            if (received.Length > 0)
            {
                yield return Encoding.UTF8.GetString(received.Span);
            }
        }
        finally
        {
            sse.Dispose();
            received.Dispose();
        }
    }

    /// <summary>The next event's data; empty for a comment, null when no event is complete.</summary>
    private static string? Next(ref SseReader sse, RentedBuffer received)
    {
        if (received.Length == 0 || !sse.TryRead(received.Span, out var next))
        {
            return null;
        }

        var data = next.HasData ? Encoding.UTF8.GetString(next.Data) : "";
        received.Consume(next.Raw.Length);
        return data;
    }
}
