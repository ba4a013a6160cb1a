using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HiWay.Domain.Pricing;
using HiWay.Domain.Privacy;
using HiWay.Domain.Shield;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.Sse;
using HiWay.Web.Gateway.Upstream;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Shield;

/// <summary>A stream whose texts pass a filter after the relay has written them in the client's dialect, whatever that is.</summary>
/// <param name="watched">Takes the texts for the monitor; null when nobody wants them.</param>
internal sealed class FilteredStreamRelay(IStreamRelay inner, AnswerFilter filter, PromptCopy? watched, Action<PromptCopy>? watch) : IStreamRelay
{
    private const int MostWatchedBytes = 1024 * 1024;

    private readonly RentedBuffer _written = new(1024);
    private SseReader _events = new();
    private PromptCopy? _watched = watched;

    public bool HasContent => inner.HasContent;

    public bool IsComplete => filter.Leak is null && inner.IsComplete;

    public UpstreamError? Failure => filter.Leak is null ? inner.Failure : new UpstreamError(502, "The answer was stopped by the Shield.");

    /// <summary>Secrets that the answer was about to give away.</summary>
    public List<PiiFinding>? Leak => filter.Leak;

    /// <summary>SHA-256 of the text that they stood in.</summary>
    public string LeakSha256 => filter.LeakSha256;

    public TokenUsage? Usage => inner.Usage;

    public long ContentBytes => inner.ContentBytes;

    public void Take(in SseEvent sse, IBufferWriter<byte> to)
    {
        inner.Take(sse, _written);
        Pass(to);
        FlushAtEnd(to);
    }

    public void Closed(IBufferWriter<byte> to)
    {
        inner.Closed(_written);
        Pass(to);
        FlushAtEnd(to);
    }

    public void WriteEnding(ReadOnlySpan<byte> hiway, IBufferWriter<byte> to)
    {
        inner.WriteEnding(hiway, _written);
        Pass(to);
        if (_watched is { } texts)
        {
            _watched = null;
            texts.Close();
            watch!(texts);
        }
    }

    public void Dispose()
    {
        inner.Dispose();
        _written.Dispose();
        _events.Dispose();
        _watched?.Dispose();
    }

    /// <summary>What is held back must be decided on before the answer counts as whole.</summary>
    private void FlushAtEnd(IBufferWriter<byte> to)
    {
        if (inner.IsComplete)
        {
            WriteFlush("", to);
        }
    }

    private void Pass(IBufferWriter<byte> to)
    {
        while (_written.Length > 0 && _events.TryRead(_written.Span, out var sse))
        {
            PassEvent(sse, to);
            _written.Consume(sse.Raw.Length);
        }
    }

    private void PassEvent(in SseEvent sse, IBufferWriter<byte> to)
    {
        if (filter.Leak is not null)
        {
            return;
        }

        if (!sse.HasData || Parse(sse.Data) is not { } json)
        {
            if (sse.HasData)
            {
                WriteFlush("", to); // [DONE]
            }

            to.Write(sse.Raw);
            return;
        }

        var name = sse.Name.IsEmpty ? null : Encoding.UTF8.GetString(sse.Name);
        var ended = StreamTexts.Ended(json);
        var deltas = StreamTexts.Of(json);
        Keep(deltas);
        if (deltas.Count == 0)
        {
            if (ended is not null)
            {
                WriteFlush(ended, to);
            }

            if (!Restore(json))
            {
                to.Write(sse.Raw);
                return;
            }

            Write(name, json, to);
            return;
        }

        if (ended is not null && deltas.TrueForAll(text => text.Value.Length == 0))
        {
            WriteFlush(ended, to);
        }

        foreach (var text in deltas)
        {
            filter.Push(name, json, text, final: ended is not null && text.Channel.StartsWith(ended, StringComparison.Ordinal));
        }

        if (filter.Leak is null)
        {
            Write(name, json, to);
        }
    }

    /// <summary>Puts values back into texts that an event carries whole; false when there were none.</summary>
    private bool Restore(JsonObject json)
    {
        var any = false;
        foreach (var text in StreamTexts.All(json))
        {
            var whole = filter.Whole(text.Value, text.InJson);
            if (!ReferenceEquals(whole, text.Value) && whole != text.Value)
            {
                text.Set(whole);
                any = true;
            }
        }

        return any;
    }

    private void WriteFlush(string prefix, IBufferWriter<byte> to)
    {
        foreach (var (name, json) in filter.Flush(prefix))
        {
            Write(name, json, to);
        }
    }

    private void Keep(List<StreamText> deltas)
    {
        if (_watched is { Length: < MostWatchedBytes } texts)
        {
            foreach (var text in deltas)
            {
                texts.Append(text.Channel, text.Value);
            }
        }
    }

    private static void Write(string? name, JsonObject json, IBufferWriter<byte> to)
    {
        if (name is not null)
        {
            to.Write("event: "u8);
            to.Write(Encoding.UTF8.GetBytes(name));
            to.Write("\n"u8);
        }

        to.Write("data: "u8);
        to.Write(Encoding.UTF8.GetBytes(json.ToJsonString(GatewayJson.Serialized)));
        to.Write("\n\n"u8);
    }

    private static JsonObject? Parse(ReadOnlySpan<byte> data)
    {
        try
        {
            return JsonNode.Parse(data) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>A whole answer with masked values put back.</summary>
internal sealed class RestoredAnswerRelay(IAnswerRelay inner, MaskedValues masked) : IAnswerRelay
{
    public bool HasContent => inner.HasContent;

    public UpstreamError? Failure => inner.Failure;

    public TokenUsage? Usage => inner.Usage;

    public long ContentBytes => inner.ContentBytes;

    public void Read(ReadOnlySpan<byte> body) => inner.Read(body);

    public void Write(ReadOnlySpan<byte> body, ReadOnlySpan<byte> hiway, IBufferWriter<byte> to)
    {
        using var written = new RentedBuffer(body.Length + hiway.Length + 256);
        inner.Write(body, hiway, written);
        to.Write(Restore(written.Span) is { } restored ? restored : written.Span);
    }

    private byte[]? Restore(ReadOnlySpan<byte> json)
    {
        if (json.IndexOf((byte)'<') < 0 && json.IndexOf("\\u003"u8) < 0 || JsonNode.Parse(json) is not { } answer)
        {
            return null;
        }

        foreach (var text in StreamTexts.All(answer))
        {
            text.Set(masked.Restore(text.Value, final: true, text.InJson).Out);
        }

        return Encoding.UTF8.GetBytes(answer.ToJsonString(GatewayJson.Serialized));
    }
}
