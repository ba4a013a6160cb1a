using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Text.Unicode;
using HiWay.Domain.Pricing;
using HiWay.Domain.Privacy;
using HiWay.Domain.Shield;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.Resuming;
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

    /// <summary>The relay that this answer began at; it holds the texts for the monitor. Null for that one itself.</summary>
    private FilteredStreamRelay? _first;

    private SseReader _events = new();
    private PromptCopy? _watched = watched;

    /// <summary>The number of the last event, where the dialect numbers them; once an event was added, those after it are numbered anew.</summary>
    private long? _number;
    private bool _added;

    public bool HasContent => inner.HasContent;

    public bool IsComplete => filter.Leak is null && inner.IsComplete;

    public UpstreamError? Failure => filter.Leak is null ? inner.Failure : new UpstreamError(502, "The answer was stopped by the Shield.");

    /// <summary>Secrets that the answer was about to give away.</summary>
    public List<PiiFinding>? Leak => filter.Leak;

    /// <summary>SHA-256 of the text that they stood in.</summary>
    public string LeakSha256 => filter.LeakSha256;

    public TokenUsage? Usage => inner.Usage;

    public long ContentBytes => inner.ContentBytes;

    /// <summary>As the upstream said it, so that another one's words can be laid beside it. An answer that the Shield stops is not taken up.</summary>
    public DeliveredText? Delivered
    {
        get => filter.Leak is null ? inner.Delivered : null;
        set => inner.Delivered = value;
    }

    /// <summary>The same filter stays around whoever goes on, with what it holds back and has seen.</summary>
    public IStreamRelay? GoOn(GatewayCall call, Attempt attempt, string expected, bool optional) =>
        inner.GoOn(call, attempt, expected, optional) is { } next
            ? new FilteredStreamRelay(next, filter, null, watch) { _first = _first ?? this, _number = _number, _added = _added }
            : null;

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
        var first = _first ?? this;
        if (first._watched is { } texts)
        {
            first._watched = null;
            texts.Close();
            watch!(texts);
        }
    }

    public bool WriteFailure(string code, string message, IBufferWriter<byte> to)
    {
        // What came before the break, and what was held back of a text: nothing more will ever come of it.
        Pass(to);
        filter.Break();
        WriteFlush("", to);
        using var failure = new RentedBuffer(1024);
        if (!inner.WriteFailure(code, message, failure))
        {
            return false;
        }

        using var events = new SseReader();
        var at = 0;
        while (events.TryRead(failure.Span[at..], out var sse))
        {
            at += sse.Raw.Length;
            if (Parse(sse.Data) is { } json)
            {
                WriteFailureEvent(Encoding.UTF8.GetString(sse.Name), json, to);
            }
            else
            {
                to.Write(sse.Raw);  // the beginning of an answer that can be read in two ways
            }
        }

        return true;
    }

    public void Dispose()
    {
        inner.Dispose();
        _written.Dispose();
        _events.Dispose();
        _watched?.Dispose();
    }

    /// <summary>Events of failure repeat what was said so far: with its values put back, or not at all when it gave a secret away.</summary>
    private void WriteFailureEvent(string name, JsonObject json, IBufferWriter<byte> to)
    {
        if (filter.Leak is null)
        {
            Restore(json, []);
        }
        else
        {
            _added = true;  // events after the secret were kept back, so the numbers go on from the last that went out
            if (json["response"] is JsonObject response)
            {
                response["output"] = new JsonArray();
            }
        }

        Write(name, json, to);
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
        var deltas = StreamTexts.Of(json);
        Keep(deltas);

        // What a text that ends here still holds comes before its end.
        var ended = StreamTexts.Ended(json);
        var going = deltas.FindAll(text => text.Value.Length > 0);
        foreach (var place in ended)
        {
            WriteFlush(place, to, going);
        }

        var changed = deltas.Count > 0 && StreamTexts.RemoveRepeated(json);
        changed |= Restore(json, deltas);
        foreach (var text in deltas)
        {
            filter.Push(name, json, text, final: ended.Any(place => StreamTexts.IsAt(text.Channel, place)));
            changed = true;
        }

        if (filter.Leak is not null)
        {
            return;
        }

        if (filter.BlocksSecrets && deltas.Exists(text => text.Said != text.Value))
        {
            StreamTexts.RemoveTokens(json);
        }

        if (changed || _added)
        {
            Write(name, json, to);
            return;
        }

        _number = NumberOf(json) ?? _number;
        to.Write(sse.Raw);
    }

    /// <summary>Puts values back into texts that an event carries whole; false when there were none.</summary>
    /// <param name="but">Pieces of texts, which have their own way.</param>
    private bool Restore(JsonObject json, List<StreamText> but)
    {
        var any = false;
        foreach (var text in StreamTexts.All(json))
        {
            if (but.Exists(piece => piece.Parent == text.Parent && piece.Name == text.Name))
            {
                continue;
            }

            var whole = filter.Whole(text);
            if (filter.Leak is not null)
            {
                return false;
            }

            if (!ReferenceEquals(whole, text.Value) && whole != text.Value)
            {
                text.Set(whole);
                any = true;
            }
        }

        return any;
    }

    private void WriteFlush(string place, IBufferWriter<byte> to, IReadOnlyList<StreamText>? but = null)
    {
        foreach (var (name, json) in filter.Flush(place, but))
        {
            _added = true;
            Write(name, json, to);
        }
    }

    private void Keep(List<StreamText> deltas)
    {
        if ((_first ?? this)._watched is { Length: < MostWatchedBytes } texts)
        {
            foreach (var text in deltas)
            {
                texts.Append(text.Channel, text.Value);
            }
        }
    }

    private void Write(string? name, JsonObject json, IBufferWriter<byte> to)
    {
        if (NumberOf(json) is { } number)
        {
            _number = _added && _number is { } last ? last + 1 : number;
            json["sequence_number"] = _number;
        }

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

    private static long? NumberOf(JsonObject json) => json["sequence_number"] is JsonValue value && value.TryGetValue<long>(out var number) ? number : null;

    private static JsonObject? Parse(ReadOnlySpan<byte> data) => AnswerJson.Parse(data) as JsonObject;
}

/// <summary>An answer as nodes whose texts can be read and written.</summary>
internal static partial class AnswerJson
{
    // JSON that names a member twice can be read in two ways; only bytes are handed on unread.
    private static readonly JsonDocumentOptions s_once = new() { AllowDuplicateProperties = false, MaxDepth = 256 };

    /// <returns>Null where it is no JSON. Bytes that are no UTF-8, and halves of a surrogate pair that some servers send apart, become U+FFFD.</returns>
    public static JsonNode? Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return Utf8.IsValid(json) && json.IndexOf("\\u"u8) < 0
                ? JsonNode.Parse(json, documentOptions: s_once)
                : JsonNode.Parse(Mended(Encoding.UTF8.GetString(json)), documentOptions: s_once);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>JSON text in which no half of a surrogate pair stands alone.</summary>
    internal static string Mended(string json) =>
        Halves().Replace(json, static half => half.Groups["lone"].Success ? $"{half.Groups["before"].Value}\\ufffd" : half.Value);

    /// <summary>A pair, which stays, or one half of it alone; an escaped backslash before the u makes it neither.</summary>
    [GeneratedRegex(@"(?<before>(?<!\\)(?:\\\\)*)(?:\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?<lone>\\u[dD][89a-fA-F][0-9a-fA-F]{2}))", RegexOptions.ExplicitCapture)]
    private static partial Regex Halves();
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
        if (json.IndexOf((byte)'<') < 0 && json.IndexOf("\\u003"u8) < 0 || AnswerJson.Parse(json) is not { } answer)
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
