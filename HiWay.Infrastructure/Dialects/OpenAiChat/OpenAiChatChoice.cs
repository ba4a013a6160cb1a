using System.Buffers;
using System.Text.Json;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.OpenAiChat;

/// <summary>One choice of an upstream answer in OpenAI's dialect: reads its deltas (or its whole message) and keeps its tool calls apart.</summary>
internal sealed class OpenAiChatChoice
{
    /// <summary>More calls than any model makes in one turn.</summary>
    private const int MaxCalls = 1024;

    private readonly List<Call> _calls = [];

    /// <summary>Why the choice stopped, once it said so.</summary>
    public FinishReason? Finish { get; set; }

    public void Read(ReadOnlySpan<byte> delta, IAnswerSink sink, int choice, ReadOnlySpan<byte> answerId)
    {
        ReadOnlySpan<byte> content = default, calls = default, functionCall = default, refusal = default, reasoning = default, details = default;
        ReadOnlySpan<byte> annotations = default, images = default, audio = default;
        var json = new Utf8JsonReader(delta);
        json.Read();
        if (json.TokenType is not JsonTokenType.StartObject)
        {
            return;
        }

        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var member = json.ValueSpan;
            json.Read();
            if (json.TokenType is JsonTokenType.Null)
            {
                continue;
            }

            if (member.SequenceEqual("content"u8))
            {
                content = JsonText.Value(ref json, delta);
            }
            else if (member.SequenceEqual("reasoning_content"u8) || (member.SequenceEqual("reasoning"u8) && reasoning.Length == 0))
            {
                // Both names are in use; who sends both sends the same words.
                reasoning = JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("tool_calls"u8))
            {
                calls = JsonText.Value(ref json, delta);
            }
            else if (member.SequenceEqual("function_call"u8))
            {
                functionCall = JsonText.Value(ref json, delta);
            }
            else if (member.SequenceEqual("refusal"u8))
            {
                refusal = JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("reasoning_details"u8))
            {
                details = JsonText.Value(ref json, delta);
            }
            else if (member.SequenceEqual("annotations"u8))
            {
                annotations = JsonText.Value(ref json, delta);
            }
            else if (member.SequenceEqual("images"u8))
            {
                images = JsonText.Value(ref json, delta);
            }
            else if (member.SequenceEqual("audio"u8))
            {
                audio = JsonText.Value(ref json, delta);
            }
            else
            {
                json.Skip();
            }
        }

        sink.Reasoning(choice, reasoning);
        ReadDetails(details, sink, choice, textToo: reasoning.Length == 0);
        ReadContent(content, sink, choice);
        sink.Refusal(choice, refusal);
        ReadCalls(calls, sink, choice, answerId);
        if (functionCall.Length > 0)
        {
            ReadFunction(functionCall, sink, choice, At(0, "fc"u8), answerId, "fc"u8);
        }

        PassEach(annotations, ExtraKinds.UrlCitation, sink, choice);
        PassEach(images, ExtraKinds.Image, sink, choice);
        if (audio.Length > 0)
        {
            sink.Extra(choice, ExtraKinds.Audio, audio);
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

    /// <summary>A text, or (Mistral) a list of parts of which those of type thinking are reasoning.</summary>
    private static void ReadContent(ReadOnlySpan<byte> content, IAnswerSink sink, int choice)
    {
        if (content.Length == 0)
        {
            return;
        }

        var json = new Utf8JsonReader(content);
        json.Read();
        if (json.TokenType is JsonTokenType.String)
        {
            sink.Text(choice, JsonText.Inside(ref json));
            return;
        }

        if (json.TokenType is not JsonTokenType.StartArray)
        {
            throw new JsonException("Expected a text or a list of parts.");
        }

        while (json.Read() && json.TokenType is JsonTokenType.StartObject)
        {
            ReadPart(JsonText.Value(ref json, content), sink, choice);
        }
    }

    private static void ReadPart(ReadOnlySpan<byte> part, IAnswerSink sink, int choice)
    {
        ReadOnlySpan<byte> type = default, text = default, thinking = default, image = default;
        var json = new Utf8JsonReader(part);
        json.Read();
        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var member = json.ValueSpan;
            json.Read();
            if (member.SequenceEqual("type"u8))
            {
                type = JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("text"u8))
            {
                text = JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("thinking"u8))
            {
                thinking = JsonText.Value(ref json, part);
            }
            else if (member.SequenceEqual("image_url"u8))
            {
                image = part;
                json.Skip();
            }
            else
            {
                json.Skip();
            }
        }

        if (type.SequenceEqual("thinking"u8))
        {
            ReadThinking(thinking, sink, choice);
        }
        else if (image.Length > 0)
        {
            sink.Extra(choice, ExtraKinds.Image, image);
        }
        else
        {
            sink.Text(choice, text);
        }
    }

    private static void ReadThinking(ReadOnlySpan<byte> thinking, IAnswerSink sink, int choice)
    {
        var json = new Utf8JsonReader(thinking);
        if (thinking.Length == 0 || !json.Read())
        {
            return;
        }

        if (json.TokenType is JsonTokenType.String)
        {
            sink.Reasoning(choice, JsonText.Inside(ref json));
            return;
        }

        while (json.Read())
        {
            if (json.TokenType is JsonTokenType.PropertyName && json.ValueTextEquals("text"u8))
            {
                json.Read();
                sink.Reasoning(choice, JsonText.InsideOrEmpty(ref json));
            }
        }
    }

    /// <summary>OpenRouter's details: signatures and encrypted blocks; their text only where no plain field carries it.</summary>
    private static void ReadDetails(ReadOnlySpan<byte> details, IAnswerSink sink, int choice, bool textToo)
    {
        if (details.Length == 0)
        {
            return;
        }

        var json = new Utf8JsonReader(details);
        json.Read();
        if (json.TokenType is not JsonTokenType.StartArray)
        {
            return;
        }

        while (json.Read() && json.TokenType is JsonTokenType.StartObject)
        {
            ReadOnlySpan<byte> text = default, signature = default, data = default, format = default;
            while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
            {
                var member = json.ValueSpan;
                json.Read();
                if (member.SequenceEqual("text"u8) || member.SequenceEqual("summary"u8))
                {
                    text = JsonText.InsideOrEmpty(ref json);
                }
                else if (member.SequenceEqual("signature"u8))
                {
                    signature = JsonText.InsideOrEmpty(ref json);
                }
                else if (member.SequenceEqual("data"u8))
                {
                    data = JsonText.InsideOrEmpty(ref json);
                }
                else if (member.SequenceEqual("format"u8))
                {
                    format = JsonText.InsideOrEmpty(ref json);
                }
                else
                {
                    json.Skip();
                }
            }

            if (textToo)
            {
                sink.Reasoning(choice, text);
            }

            if (signature.Length > 0)
            {
                sink.ReasoningSignature(choice, JsonText.Decode(format), signature);
            }

            if (data.Length > 0)
            {
                sink.EncryptedReasoning(choice, JsonText.Decode(format), data);
            }
        }
    }

    private void ReadCalls(ReadOnlySpan<byte> calls, IAnswerSink sink, int choice, ReadOnlySpan<byte> answerId)
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
        while (json.TokenType is not JsonTokenType.Null && json.Read() && json.TokenType is JsonTokenType.PropertyName)
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
            var hasId = call.Id.Length > 0 && !call.Id.AsSpan().SequenceEqual("fc"u8);
            sink.ToolCallStarted(choice, call.Number, hasId ? call.Id : CallIds.Make(answerId, choice, call.Number), name);
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

    private static void PassEach(ReadOnlySpan<byte> list, string kind, IAnswerSink sink, int choice)
    {
        if (list.Length == 0)
        {
            return;
        }

        var json = new Utf8JsonReader(list);
        json.Read();
        while (json.TokenType is JsonTokenType.StartArray or JsonTokenType.EndObject && json.Read() && json.TokenType is JsonTokenType.StartObject)
        {
            sink.Extra(choice, kind, JsonText.Value(ref json, list));
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
