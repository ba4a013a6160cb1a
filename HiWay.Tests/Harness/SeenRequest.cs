using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace HiWay.Tests.Harness;

/// <summary>One request as the upstream saw it.</summary>
public sealed class SeenRequest
{
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal SeenRequest(HttpRequest request, byte[] body)
    {
        Method = request.Method;
        Path = request.Path.Value!;
        Query = request.QueryString.Value ?? "";
        RawPath = request.HttpContext.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
        Headers = request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        Body = body;
    }

    public string Method { get; }

    public string Path { get; }

    /// <summary>Path and query as they were sent, escapes and all.</summary>
    public string RawPath { get; }

    /// <summary>With the question mark; empty without a query.</summary>
    public string Query { get; }

    public IReadOnlyDictionary<string, string> Headers { get; }

    /// <summary>The exact bytes.</summary>
    public byte[] Body { get; }

    public string Text => Encoding.UTF8.GetString(Body);

    public JsonNode Json => JsonNode.Parse(Body)!;

    /// <summary>When it had been read, in ticks of <see cref="Stopwatch"/>.</summary>
    public long At { get; } = Stopwatch.GetTimestamp();

    /// <summary>Ends when the gateway closes the connection before the reply was finished.</summary>
    public Task ClientGone => _gone.Task;

    /// <summary>When the gateway left, in ticks of <see cref="Stopwatch"/>; null while it has not.</summary>
    public long? GoneAt { get; private set; }

    /// <summary>Ends when the whole reply has been written.</summary>
    public Task Answered => _answered.Task;

    internal void MarkGone()
    {
        if (!_answered.Task.IsCompleted && GoneAt is null)
        {
            GoneAt = Stopwatch.GetTimestamp();
            _gone.TrySetResult();
        }
    }

    internal void MarkAnswered() => _answered.TrySetResult();
}
