using System.Diagnostics;
using System.IO.Pipelines;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using HiWay.Domain.Ids;
using HiWay.Infrastructure.Dialects.Sse;
using HiWay.Infrastructure.Snapshots;
using HiWay.Web.Gateway.Clients;
using HiWay.Web.Gateway.Operations;
using HiWay.Web.Gateway.Wire;
using Microsoft.AspNetCore.Http.Features;

namespace HiWay.Web.Gateway;

/// <summary>A call that never was on the network.</summary>
/// <param name="Key">Stands for the key that the caller has not got.</param>
/// <param name="IpAddress">What the workspace's IP rules are asked about; null for an unknown address.</param>
internal sealed record InProcessCall(CallOrigin Origin, string Endpoint, byte[] Body, WorkspaceSnapshot Workspace, WorkspaceKey Key, string? IpAddress);

/// <summary>Runs the pipeline on requests that this process makes itself; their answers are read from a pipe.</summary>
internal sealed class InProcessCalls(GatewayEntry entry, TimeProvider time)
{
    /// <param name="cancellationToken">Ends the call as when a client hangs up; what was produced is metered.</param>
    public async IAsyncEnumerable<InProcessEvent> RunAsync(InProcessCall asked, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var id = Ulid.New("req", now);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pipe = new Pipe();
        var http = NewRequest(id, asked, pipe, stop.Token);
        using var call = new GatewayCall(http, id, Ulid.TimeOf(id) ?? now, Stopwatch.GetTimestamp())
        {
            Origin = asked.Origin,
            Client = ClientDialects.All.FirstOrDefault(dialect => dialect.Endpoint == asked.Endpoint) ?? ClientDialects.OpenAiChat,
            Operation = asked.Endpoint == "/v1/images/generations" ? new ImagesOperation() : null,
            Workspace = asked.Workspace,
            Key = asked.Key,
            Authenticated = true,
        };
        var running = RunAsync(call, pipe.Writer);
        try
        {
            await foreach (var json in ReadAsync(pipe.Reader, http.Response, cancellationToken))
            {
                yield return new InProcessEvent(http.Response.StatusCode, json);
            }
        }
        finally
        {
            // The caller may have gone in the middle; the call then ends as when a client hangs up.
            await stop.CancelAsync();
            await running;
            await pipe.Reader.CompleteAsync();
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

    private static DefaultHttpContext NewRequest(string id, InProcessCall asked, Pipe pipe, CancellationToken stop)
    {
        var http = new DefaultHttpContext { TraceIdentifier = id, RequestAborted = stop };
        http.Connection.RemoteIpAddress = IPAddress.TryParse(asked.IpAddress, out var address) ? address : null;
        http.Request.Method = HttpMethods.Post;
        http.Request.ContentType = "application/json";
        http.Request.ContentLength = asked.Body.Length;
        http.Request.Body = new MemoryStream(asked.Body);
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
