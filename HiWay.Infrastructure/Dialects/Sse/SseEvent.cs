namespace HiWay.Infrastructure.Dialects.Sse;

/// <summary>One block of a server-sent event stream, up to and including its blank line. Spans are valid until the buffer or the reader moves on.</summary>
public readonly ref struct SseEvent
{
    /// <summary>The block's bytes as they came: lines, comments and the blank line that ends it.</summary>
    public required ReadOnlySpan<byte> Raw { get; init; }

    /// <summary>The <c>event:</c> field; empty where there is none.</summary>
    public ReadOnlySpan<byte> Name { get; init; }

    /// <summary>The <c>data:</c> fields, joined with line feeds.</summary>
    public ReadOnlySpan<byte> Data { get; init; }

    /// <summary>False for blocks that a browser would not dispatch: comments, retry times, empty lines.</summary>
    public bool HasData { get; init; }

    /// <summary>The <c>id:</c> field; empty where there is none.</summary>
    public ReadOnlySpan<byte> Id { get; init; }

    /// <summary>The <c>retry:</c> field in milliseconds, where it holds digits only.</summary>
    public int? RetryMs { get; init; }
}
