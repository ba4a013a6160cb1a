using System.Buffers;
using System.Text.Json;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.OpenAiChat;

/// <summary>The tool calls of one choice of an upstream answer in OpenAI's dialect, kept apart while their pieces come.</summary>
internal sealed class OpenAiChatCalls
{
    /// <summary>More calls than any model makes in one turn.</summary>
    private const int MaxCalls = 1024;

    private readonly List<Call> _calls = [];

    public void Read(ReadOnlySpan<byte> calls, IAnswerSink sink, int choice, ReadOnlySpan<byte> answerId)
    {
        if (calls.Length == 0)
        {
            return;
        }

        var json = new Utf8JsonReader(calls);
        json.Read();
        if (json.TokenType is not JsonTokenType.StartArray)
        {
            return;
        }

        while (json.Read() && json.TokenType is JsonTokenType.StartObject)
        {
            ReadCall(JsonText.Value(ref json, calls), sink, choice, answerId);
        }
    }

    private void ReadCall(ReadOnlySpan<byte> entry, IAnswerSink sink, int choice, ReadOnlySpan<byte> answerId)
    {
        ReadOnlySpan<byte> id = default, function = default, extra = default;
        int? index = null;
        var json = new Utf8JsonReader(entry);
        json.Read();
        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var member = json.ValueSpan;
            json.Read();
            if (member.SequenceEqual("index"u8))
            {
                index = json.TokenType is JsonTokenType.Number && json.TryGetInt32(out var number) ? number : null;
            }
            else if (member.SequenceEqual("id"u8))
            {
                id = JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("function"u8))
            {
                function = JsonText.Value(ref json, entry);
            }
            else if (member.SequenceEqual("extra_content"u8))
            {
                extra = JsonText.Value(ref json, entry);
            }
            else
            {
                json.Skip();
            }
        }

        var call = At(index, id);
        ReadFunction(function, sink, choice, call, answerId, id);
        if (extra.IndexOf("thought_signature"u8) >= 0)
        {
            PassGoogleSignature(extra, sink, choice, call);
        }
    }

    private static void ReadFunction(
        ReadOnlySpan<byte> function, IAnswerSink sink, int choice, Call call, ReadOnlySpan<byte> answerId, ReadOnlySpan<byte> id)
    {
        if (id.Length > 0 && call.Id.Length == 0)
        {
            call.Id = id.ToArray();
        }

        if (function.Length == 0)
        {
            return;
        }

        ReadOnlySpan<byte> name = default, arguments = default, argumentsObject = default;
        var json = new Utf8JsonReader(function);
        json.Read();
        if (json.TokenType is not JsonTokenType.StartObject)
        {
            return;
        }

        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var member = json.ValueSpan;
            json.Read();
            if (member.SequenceEqual("name"u8))
            {
                name = JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("arguments"u8) && json.TokenType is JsonTokenType.String)
            {
                arguments = JsonText.Inside(ref json);
            }
            else if (member.SequenceEqual("arguments"u8) && json.TokenType is JsonTokenType.StartObject)
            {
                argumentsObject = JsonText.Value(ref json, function);
            }
            else
            {
                json.Skip();
            }
        }

        if (name.Length > 0 || arguments.Length > 0 || argumentsObject.Length > 0)
        {
            Start(call, name, sink, choice, answerId);
        }

        call.HasArguments |= arguments.Length > 0 || argumentsObject.Length > 0;
        sink.ToolCallArguments(choice, call.Number, arguments);
        if (argumentsObject.Length > 0)
        {
            var buffer = new ArrayBufferWriter<byte>(argumentsObject.Length * 2);
            var to = new Utf8Appender(buffer, argumentsObject.Length * 2);
            to.AddCompactEscaped(argumentsObject);
            to.Done();
            sink.ToolCallArguments(choice, call.Number, buffer.WrittenSpan);
        }
    }

    private static void Start(Call call, ReadOnlySpan<byte> name, IAnswerSink sink, int choice, ReadOnlySpan<byte> answerId)
    {
        if (!call.Started)
        {
            call.Started = true;
            sink.ToolCallStarted(choice, call.Number, call.Id.Length > 0 ? call.Id : CallIds.Make(answerId, choice, call.Number), name);
        }
    }

    private static void PassGoogleSignature(ReadOnlySpan<byte> extra, IAnswerSink sink, int choice, Call call)
    {
        var json = new Utf8JsonReader(extra);
        while (json.Read())
        {
            if (json.TokenType is JsonTokenType.PropertyName && json.ValueTextEquals("thought_signature"u8))
            {
                json.Read();
                sink.ToolCallSignature(choice, call.Number, SignatureFormats.Gemini, JsonText.InsideOrEmpty(ref json));
            }
        }
    }

    /// <summary>The one call of the old form, which has no id.</summary>
    public void ReadLegacy(ReadOnlySpan<byte> functionCall, IAnswerSink sink, int choice, ReadOnlySpan<byte> answerId)
    {
        if (functionCall.Length > 0)
        {
            ReadFunction(functionCall, sink, choice, _calls is [var only] ? only : At(0, default), answerId, default);
        }
    }

    /// <summary>Called at the answer's end: a call that never said its arguments has none.</summary>
    public void Complete(IAnswerSink sink, int choice, ReadOnlySpan<byte> answerId)
    {
        for (var i = 0; i < _calls.Count; i++)
        {
            var call = _calls[i];
            Start(call, default, sink, choice, answerId);
            if (!call.HasArguments)
            {
                call.HasArguments = true;
                sink.ToolCallArguments(choice, call.Number, "{}"u8);
            }
        }
    }

    /// <summary>
    /// The call that an entry belongs to. Upstreams number from 1 (an Anthropic bridge), give no index at all, or give several calls the same
    /// one with ids of their own; ours count from 0 in the order of appearance.
    /// </summary>
    private Call At(int? index, ReadOnlySpan<byte> id)
    {
        for (var i = _calls.Count - 1; i >= 0; i--)
        {
            var known = _calls[i];
            var sameId = id.Length == 0 || known.Id.Length == 0 || known.Id.AsSpan().SequenceEqual(id);
            if (index is null ? id.Length == 0 || known.Id.AsSpan().SequenceEqual(id) : known.Index == index && sameId)
            {
                return known;
            }
        }

        if (_calls.Count == MaxCalls)
        {
            throw new JsonException("The answer holds too many tool calls.");
        }

        var call = new Call { Index = index, Number = _calls.Count, Id = id.ToArray() };
        _calls.Add(call);
        return call;
    }

    private sealed class Call
    {
        /// <summary>The upstream's index, where it gives one.</summary>
        public int? Index { get; init; }

        /// <summary>Ours.</summary>
        public int Number { get; init; }

        public byte[] Id { get; set; } = [];

        public bool Started { get; set; }

        public bool HasArguments { get; set; }
    }
}
