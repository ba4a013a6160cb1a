using System.Buffers;
using System.Text.Json;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.Gemini;

/// <summary>One candidate of an answer: reads its parts as they come and keeps what its end depends on.</summary>
internal sealed class GeminiCandidate
{
    private int _calls;
    private bool _hasContent;
    private GeminiPartialCall? _partial;

    /// <summary>Queries that Google's search was asked for this candidate.</summary>
    public int SearchQueries { get; private set; }

    /// <summary>Why the candidate stopped, once it said so.</summary>
    public FinishReason? Finish { get; private set; }

    /// <returns>A failure when the model broke off without an answer; the reader then ends the answer with it.</returns>
    public UpstreamError? Read(ReadOnlySpan<byte> candidate, IAnswerSink sink, int choice, ReadOnlySpan<byte> answerId)
    {
        ReadOnlySpan<byte> content = default, finish = default, finishMessage = default, grounding = default, citations = default, logprobs = default;
        var json = new Utf8JsonReader(candidate);
        json.Read();
        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var member = json.ValueSpan;
            json.Read();
            if (member.SequenceEqual("content"u8))
            {
                content = JsonText.Value(ref json, candidate);
            }
            else if (member.SequenceEqual("finishReason"u8))
            {
                finish = json.TokenType is JsonTokenType.Number ? FinishWord(ref json) : JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("finishMessage"u8))
            {
                finishMessage = JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("groundingMetadata"u8))
            {
                grounding = JsonText.Value(ref json, candidate);
            }
            else if (member.SequenceEqual("citationMetadata"u8))
            {
                citations = JsonText.Value(ref json, candidate);
            }
            else if (member.SequenceEqual("logprobsResult"u8))
            {
                logprobs = JsonText.Value(ref json, candidate);
            }
            else
            {
                json.Skip();
            }
        }

        ReadContent(content, sink, choice, answerId);
        GeminiGrounding.Pass(grounding, sink, choice);
        SearchQueries = Math.Max(SearchQueries, GeminiGrounding.CountQueries(grounding));
        GeminiGrounding.PassCitations(citations, sink, choice);
        GeminiLogprobs.Pass(logprobs, sink, choice);
        if (finish.Length == 0)
        {
            return null;
        }

        var failure = End(finish, finishMessage);
        if (failure is null && Finish is FinishReason.ContentFilter)
        {
            sink.Refusal(choice, finishMessage);
        }

        return failure;
    }

    /// <summary>Called at the answer's end.</summary>
    public void Complete(IAnswerSink sink, int choice, ReadOnlySpan<byte> answerId) => EndPartial(sink, choice);

    private UpstreamError? End(ReadOnlySpan<byte> reason, ReadOnlySpan<byte> message)
    {
        if (reason.SequenceEqual("STOP"u8))
        {
            Finish = FinishReason.Stop;
        }
        else if (reason.SequenceEqual("MAX_TOKENS"u8))
        {
            Finish = FinishReason.Length;
        }
        else if (IsFilter(reason))
        {
            Finish = FinishReason.ContentFilter;
        }
        else if (reason.SequenceEqual("MALFORMED_FUNCTION_CALL"u8) || reason.SequenceEqual("MALFORMED_RESPONSE"u8)
            || reason.SequenceEqual("UNEXPECTED_TOOL_CALL"u8) || !_hasContent)
        {
            // What came so far is not an answer; another attempt or model may do better.
            var word = JsonText.Decode(reason);
            return new(502, ErrorText.Trim(message.Length > 0 ? JsonText.Decode(message) : $"The model stopped without an answer: {word}."), word)
            {
                Kind = UpstreamErrorKind.Server,
            };
        }
        else
        {
            Finish = FinishReason.Stop;
        }

        return null;
    }

    private static bool IsFilter(ReadOnlySpan<byte> reason) =>
        reason.SequenceEqual("SAFETY"u8) || reason.SequenceEqual("RECITATION"u8) || reason.SequenceEqual("BLOCKLIST"u8)
        || reason.SequenceEqual("PROHIBITED_CONTENT"u8) || reason.SequenceEqual("SPII"u8) || reason.SequenceEqual("MODEL_ARMOR"u8)
        || reason.SequenceEqual("IMAGE_SAFETY"u8) || reason.SequenceEqual("IMAGE_PROHIBITED_CONTENT"u8) || reason.SequenceEqual("IMAGE_RECITATION"u8);

    /// <summary>Vertex sends the enumeration's numbers when asked for <c>enum-encoding=int</c>.</summary>
    private static ReadOnlySpan<byte> FinishWord(scoped ref Utf8JsonReader json) => json.TryGetInt32(out var number)
        ? number switch
        {
            0 => default,
            1 => "STOP"u8,
            2 => "MAX_TOKENS"u8,
            3 => "SAFETY"u8,
            4 => "RECITATION"u8,
            _ => "OTHER"u8,
        }
        : "OTHER"u8;

    private void ReadContent(ReadOnlySpan<byte> content, IAnswerSink sink, int choice, ReadOnlySpan<byte> answerId)
    {
        if (content.Length == 0)
        {
            return;
        }

        var json = new Utf8JsonReader(content);
        var isObject = json.Read() && json.TokenType is JsonTokenType.StartObject;
        while (isObject && json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var parts = json.ValueTextEquals("parts"u8);
            json.Read();
            if (!parts || json.TokenType is not JsonTokenType.StartArray)
            {
                json.Skip();
                continue;
            }

            while (json.Read() && json.TokenType is JsonTokenType.StartObject)
            {
                ReadPart(JsonText.Value(ref json, content), sink, choice, answerId);
            }
        }
    }

    private void ReadPart(ReadOnlySpan<byte> part, IAnswerSink sink, int choice, ReadOnlySpan<byte> answerId)
    {
        ReadOnlySpan<byte> text = default, signature = default, call = default, blob = default;
        var thought = false;
        var other = false;
        var json = new Utf8JsonReader(part);
        json.Read();
        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var member = json.ValueSpan;
            json.Read();
            if (member.SequenceEqual("text"u8))
            {
                text = JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("thought"u8))
            {
                thought = json.TokenType is JsonTokenType.True;
            }
            else if (member.SequenceEqual("thoughtSignature"u8))
            {
                signature = JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("functionCall"u8))
            {
                call = JsonText.Value(ref json, part);
            }
            else if (member.SequenceEqual("inlineData"u8))
            {
                blob = JsonText.Value(ref json, part);
            }
            else
            {
                other |= member.SequenceEqual("executableCode"u8) || member.SequenceEqual("codeExecutionResult"u8)
                    || member.SequenceEqual("toolCall"u8) || member.SequenceEqual("toolResponse"u8);
                json.Skip();
            }
        }

        if (call.Length > 0)
        {
            ReadCall(call, signature, sink, choice, answerId);
            return;
        }

        if (thought)
        {
            sink.Reasoning(choice, text);
        }
        else
        {
            sink.Text(choice, text);
        }

        if (signature.Length > 0)
        {
            sink.ReasoningSignature(choice, SignatureFormats.Gemini, signature);
        }

        if (blob.Length > 0)
        {
            PassBlob(blob, sink, choice, answerId);
        }

        if (other)
        {
            sink.Extra(choice, ExtraKinds.ServerTool, part);
        }

        _hasContent |= other || blob.Length > 0 || (text.Length > 0 && !thought);
    }

    private void ReadCall(ReadOnlySpan<byte> functionCall, ReadOnlySpan<byte> signature, IAnswerSink sink, int choice, ReadOnlySpan<byte> answerId)
    {
        ReadOnlySpan<byte> id = default, name = default, args = default, partialArgs = default;
        var willContinue = false;
        var json = new Utf8JsonReader(functionCall);
        var isObject = json.Read() && json.TokenType is JsonTokenType.StartObject;
        while (isObject && json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var member = json.ValueSpan;
            json.Read();
            if (member.SequenceEqual("name"u8))
            {
                name = JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("args"u8))
            {
                args = json.TokenType is JsonTokenType.StartObject ? JsonText.Value(ref json, functionCall) : default;
                json.Skip();
            }
            else if (member.SequenceEqual("id"u8))
            {
                id = JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("partialArgs"u8))
            {
                partialArgs = JsonText.Value(ref json, functionCall);
            }
            else if (member.SequenceEqual("willContinue"u8))
            {
                willContinue = json.TokenType is JsonTokenType.True;
            }
            else
            {
                json.Skip();
            }
        }

        if (name.Length > 0)
        {
            EndPartial(sink, choice);
            _hasContent = true;
            var number = _calls++;
            var callId = id.Length > 0 ? id : CallIds.Make(answerId, choice, number);
            if (signature.Length > 0)
            {
                sink.SignedToolCallStarted(choice, number, callId, name, SignatureFormats.Gemini, signature);
            }
            else
            {
                sink.ToolCallStarted(choice, number, callId, name);
            }

            if (!willContinue && partialArgs.Length == 0)
            {
                PassArguments(args.Length > 0 ? args : "{}"u8, sink, choice, number);
                return;
            }

            _partial = new(number);
        }

        _partial?.Add(partialArgs);
        if (!willContinue)
        {
            EndPartial(sink, choice);
        }
    }

    private void EndPartial(IAnswerSink sink, int choice)
    {
        if (_partial is { } partial)
        {
            _partial = null;
            PassArguments(partial.ToJson(), sink, choice, partial.Call);
        }
    }

    private static void PassArguments(ReadOnlySpan<byte> args, IAnswerSink sink, int choice, int call)
    {
        var buffer = new ArrayBufferWriter<byte>(Math.Max(64, args.Length * 2));
        var to = new Utf8Appender(buffer, args.Length * 2);
        to.AddCompactEscaped(args);
        to.Done();
        sink.ToolCallArguments(choice, call, buffer.WrittenSpan);
    }

    /// <summary>A made picture goes on as an address that holds it, speech as OpenAI's audio object.</summary>
    private static void PassBlob(ReadOnlySpan<byte> blob, IAnswerSink sink, int choice, ReadOnlySpan<byte> answerId)
    {
        ReadOnlySpan<byte> mediaType = default, data = default;
        var json = new Utf8JsonReader(blob);
        var isObject = json.Read() && json.TokenType is JsonTokenType.StartObject;
        while (isObject && json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var member = json.ValueSpan;
            json.Read();
            if (member.SequenceEqual("mimeType"u8))
            {
                mediaType = JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("data"u8))
            {
                data = JsonText.InsideOrEmpty(ref json);
            }
            else
            {
                json.Skip();
            }
        }

        if (mediaType.StartsWith("audio/"u8))
        {
            PassAudio(data, sink, choice, answerId);
            return;
        }

        if (!mediaType.StartsWith("image/"u8))
        {
            sink.Extra(choice, ExtraKinds.ServerTool, blob);    // a file that the provider's own tool made
            return;
        }

        sink.Extra(choice, ExtraKinds.Image, Pictures.Of(mediaType, data));
    }

    private static void PassAudio(ReadOnlySpan<byte> data, IAnswerSink sink, int choice, ReadOnlySpan<byte> answerId)
    {
        var buffer = new ArrayBufferWriter<byte>(data.Length + 128);
        var to = new Utf8Appender(buffer, data.Length + answerId.Length + 128);
        to.Add("{\"id\":\"audio_"u8);
        to.Add(answerId);
        to.Add("\",\"data\":\""u8);
        to.Add(data);
        to.Add("\",\"expires_at\":0,\"transcript\":\"\"}"u8);
        to.Done();
        sink.Extra(choice, ExtraKinds.Audio, buffer.WrittenSpan);
    }
}
