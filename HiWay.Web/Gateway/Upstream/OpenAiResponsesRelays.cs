using System.Buffers;
using System.Text.Json;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.OpenAiChat;
using HiWay.Infrastructure.Dialects.OpenAiResponses;
using HiWay.Infrastructure.Dialects.Resuming;
using HiWay.Infrastructure.Dialects.Sse;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Upstream;

/// <summary>
/// OpenAI's Responses API on both sides: events go through byte for byte. The one that ends the answer is held back, so that `_hiway` rides on the
/// response object in it.
/// </summary>
internal sealed class OpenAiResponsesStreamRelay : IStreamRelay
{
    private RentedBuffer? _last;
    private RentedBuffer? _begun;
    private long _number = -1;
    private bool _failed;

    private readonly ResponsesProgress _progress = new();

    public bool HasContent { get; private set; }

    public bool IsComplete => _last is not null && Failure is null;

    public UpstreamError? Failure { get; private set; }

    public TokenUsage? Usage { get; private set; }

    public long ContentBytes { get; private set; }

    public DeliveredText? Delivered { get; set; }

    public IStreamRelay? GoOn(GatewayCall call, Attempt attempt, string expected, bool optional) =>
        _progress.CanGoOn && _number >= 0 ? TranslatedStreamRelay.TakeOver(call, attempt, Delivered!, expected, optional, _progress) : null;

    public void Take(in SseEvent sse, IBufferWriter<byte> to)
    {
        var data = sse.Data.Trim(" \t\r\n"u8);
        if (_last is not null || Failure is not null || data.IsEmpty || data.SequenceEqual("[DONE]"u8))
        {
            return;
        }

        var seen = ResponsesFacts.Read(data);
        _number = seen.Number ?? _number + 1;
        Usage = seen.Usage ?? Usage;
        if (seen.Failure is { } failure)
        {
            Failure = failure;
            _failed = seen.IsFailed;
            _last = new RentedBuffer(data.Length + 64);
            Write(_last, sse.Name, data);
            return;
        }

        HasContent |= seen.HasContent;
        ContentBytes += seen.DeltaBytes;
        if (seen.IsEnd)
        {
            _last = new RentedBuffer(data.Length);
            _last.Write(data);
            HasContent |= seen.HasOutput;
            return;
        }

        if (_begun is null && seen.Response is { IsEmpty: false } begun)
        {
            _begun = new RentedBuffer(begun.Length);
            _begun.Write(begun);
        }

        if (Delivered is { } delivered)
        {
            _progress.Take(seen, _number, delivered);
        }

        Write(to, sse.Name, data);
    }

    public void Closed(IBufferWriter<byte> to)
    {
    }

    public void WriteEnding(ReadOnlySpan<byte> hiway, IBufferWriter<byte> to)
    {
        using var whole = new RentedBuffer(_last!.Length + hiway.Length + 32);
        var (type, end) = ResponsesFacts.EndOfResponse(_last.Span);
        whole.Write(_last.Span[..end].TrimEnd(" \t\r\n"u8));
        whole.Write(",\"_hiway\":"u8);
        whole.Write(hiway);
        whole.Write(_last.Span[end..]);
        Write(to, type, whole.Span);
    }

    public bool WriteFailure(string code, string message, IBufferWriter<byte> to)
    {
        // The provider's own events say it best; a stream that was cut has none, and one that ended in an error has no end of the answer.
        var failure = new ResponsesFailure(to, _number + 1, _begun is { } begun ? begun.Span : default);
        if (Failure is null)
        {
            failure.Write(code, message);
            return true;
        }

        to.Write(_last!.Span);
        if (!_failed)
        {
            failure.WriteFailed(Failure.Code ?? code, Failure.Message);
        }

        return true;
    }

    public void Dispose()
    {
        _last?.Dispose();
        _begun?.Dispose();
    }

    private static void Write(IBufferWriter<byte> to, ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        if (!name.IsEmpty)
        {
            to.Write("event: "u8);
            to.Write(name);
            to.Write("\n"u8);
        }

        to.Write("data: "u8);
        to.Write(data);
        to.Write("\n\n"u8);
    }
}

/// <summary>OpenAI's Responses API on both sides, whole answers.</summary>
internal sealed class OpenAiResponsesAnswerRelay : IAnswerRelay
{
    public bool HasContent { get; private set; }

    public UpstreamError? Failure { get; private set; }

    public TokenUsage? Usage { get; private set; }

    public long ContentBytes { get; private set; }

    public void Read(ReadOnlySpan<byte> body)
    {
        var seen = ResponsesFacts.ReadResponse(body);
        Usage = seen.Usage;
        Failure = seen.Failure;
        if (Failure is null && !seen.IsResponse)
        {
            throw new JsonException("The answer is no response object.");
        }

        // An answer in the background has no output yet and is whole all the same.
        HasContent = seen.HasOutput || seen.IsPending;
        ContentBytes = seen.HasOutput ? body.Length : 0;
    }

    public void Write(ReadOnlySpan<byte> body, ReadOnlySpan<byte> hiway, IBufferWriter<byte> to) =>
        OpenAiChatStreamRelay.AppendMember(body, hiway, to);
}

/// <summary>What the relay must know of one event or response object, found in one pass without objects.</summary>
internal ref struct ResponsesFacts
{
    /// <summary>The event's own number; null where the server gives none.</summary>
    public long? Number;

    /// <summary>Something the caller has been waiting for: a delta, a finished item, a tool at work.</summary>
    public bool HasContent;

    public long DeltaBytes;

    /// <summary>The event's own name.</summary>
    public ReadOnlySpan<byte> Type;

    /// <summary>The inside of a delta's string.</summary>
    public ReadOnlySpan<byte> Delta;

    /// <summary>The item that an event is about, whole.</summary>
    public ReadOnlySpan<byte> Item;

    /// <summary>The part of a message that an event is about, whole.</summary>
    public ReadOnlySpan<byte> Part;

    /// <summary>The event ends the answer.</summary>
    public bool IsEnd;

    /// <summary>The object is a response: it has `output`.</summary>
    public bool IsResponse;

    /// <summary>`output` holds something.</summary>
    public bool HasOutput;

    /// <summary>The answer is still being made (`background`).</summary>
    public bool IsPending;

    public TokenUsage? Usage;

    public UpstreamError? Failure;

    /// <summary>The failure is told as the end of the answer, and not as an error beside it.</summary>
    public bool IsFailed;

    /// <summary>The response object that an event about the whole answer carries.</summary>
    public ReadOnlySpan<byte> Response;

    public static ResponsesFacts Read(ReadOnlySpan<byte> data)
    {
        var facts = default(ResponsesFacts);
        ReadOnlySpan<byte> type = default, response = default;
        var json = new Utf8JsonReader(data);
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("Expected an event object.");
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("type"u8))
            {
                json.Read();
                type = json.TokenType == JsonTokenType.String ? json.ValueSpan : default;
            }
            else if (json.ValueTextEquals("sequence_number"u8))
            {
                json.Read();
                facts.Number = json.TokenType == JsonTokenType.Number && json.TryGetInt64(out var number) ? number : null;
            }
            else if (json.ValueTextEquals("delta"u8))
            {
                json.Read();
                facts.Delta = json.TokenType == JsonTokenType.String ? json.ValueSpan : default;
                facts.DeltaBytes = facts.Delta.Length;
            }
            else if (json.ValueTextEquals("response"u8))
            {
                json.Read();
                response = ValueOf(ref json, data);
                continue;
            }
            else if (json.ValueTextEquals("item"u8))
            {
                json.Read();
                facts.Item = ValueOf(ref json, data);
                continue;
            }
            else if (json.ValueTextEquals("part"u8))
            {
                json.Read();
                facts.Part = ValueOf(ref json, data);
                continue;
            }
            else
            {
                json.Read();
            }

            json.Skip();
        }

        json.Read();    // nothing but white space may follow
        facts.Type = type;
        if (type.SequenceEqual("error"u8))
        {
            facts.Failure = OpenAiErrors.Read(200, data);
            return facts;
        }

        if (response.Length > 0)
        {
            var inner = ReadResponse(response);
            facts.Usage = inner.Usage;
            facts.Failure = inner.Failure;
            facts.IsFailed = type.SequenceEqual("response.failed"u8);
            facts.Response = response;
            facts.HasOutput = inner.HasOutput;
            facts.IsEnd = type.SequenceEqual("response.completed"u8) || type.SequenceEqual("response.incomplete"u8);
            return facts;
        }

        facts.HasContent = type.StartsWith("response."u8) && !type.SequenceEqual("response.output_item.added"u8)
            && !type.SequenceEqual("response.content_part.added"u8) && !type.SequenceEqual("response.reasoning_summary_part.added"u8);
        return facts;
    }

    public static ResponsesFacts ReadResponse(ReadOnlySpan<byte> response)
    {
        var facts = default(ResponsesFacts);
        ReadOnlySpan<byte> output = default, toolUsage = default;
        ServiceLane? lane = null;
        var failed = false;
        var json = new Utf8JsonReader(response);
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("Expected a response object.");
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("usage"u8))
            {
                json.Read();
                facts.Usage = OpenAiUsage.Read(ref json);
                continue;
            }

            if (json.ValueTextEquals("output"u8))
            {
                json.Read();
                facts.IsResponse = json.TokenType == JsonTokenType.StartArray;
                output = ValueOf(ref json, response);
                facts.HasOutput = facts.IsResponse && output.IndexOf((byte)'{') > 0;
                continue;
            }

            if (json.ValueTextEquals("tool_usage"u8))
            {
                json.Read();
                toolUsage = ValueOf(ref json, response);
                continue;
            }

            if (json.ValueTextEquals("service_tier"u8))
            {
                json.Read();
                lane = json.TokenType == JsonTokenType.String ? ServiceLanes.Parse(json.ValueSpan) : null;
                json.Skip();
                continue;
            }

            var isError = json.ValueTextEquals("error"u8);
            var isStatus = json.ValueTextEquals("status"u8);
            json.Read();
            failed |= isError && json.TokenType is (JsonTokenType.StartObject or JsonTokenType.String);
            if (isStatus && json.TokenType == JsonTokenType.String)
            {
                failed |= json.ValueTextEquals("failed"u8) || json.ValueTextEquals("cancelled"u8);
                facts.IsPending = json.ValueTextEquals("queued"u8) || json.ValueTextEquals("in_progress"u8);
            }

            json.Skip();
        }

        while (json.Read())
        {
        }

        facts.Usage = ResponsesUsage.WithSearches(facts.Usage, toolUsage, output) is { } used ? used with { Lane = lane } : null;
        facts.Failure = failed ? OpenAiErrors.Read(200, response) : null;
        return facts;
    }

    private static ReadOnlySpan<byte> ValueOf(scoped ref Utf8JsonReader json, ReadOnlySpan<byte> document)
    {
        var start = (int)json.TokenStartIndex;
        json.Skip();
        return document[start..(int)json.BytesConsumed];
    }

    /// <summary>The type of an event, and where the brace stands that closes its response.</summary>
    public static (byte[] Type, int End) EndOfResponse(ReadOnlySpan<byte> data)
    {
        byte[] type = [];
        var end = data.Length;
        var json = new Utf8JsonReader(data);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var isType = json.ValueTextEquals("type"u8);
            var isResponse = json.ValueTextEquals("response"u8);
            json.Read();
            type = isType ? json.ValueSpan.ToArray() : type;
            json.Skip();
            end = isResponse ? (int)json.BytesConsumed - 1 : end;
        }

        return (type, end);
    }
}
