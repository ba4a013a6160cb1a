using System.Text.Json;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.OpenAiChat;

/// <summary>
/// Reads chunks and whole answers of everyone who speaks OpenAI's dialect; both have the same members, only <c>delta</c> is called
/// <c>message</c> in a whole answer. Knows what the providers do differently, see the remarks at each place.
/// </summary>
internal sealed class OpenAiChatAnswerReader(IAnswerSink sink, bool whole = false) : IUpstreamStreamReader
{
    private readonly List<OpenAiChatChoice> _choices = [];
    private byte[] _id = [];
    private readonly OpenAiSearchResults _found = new();
    private bool _started;
    private bool _over;
    private bool _toldTier;

    /// <summary>Reads a whole 2xx answer.</summary>
    public static void ReadWhole(ReadOnlySpan<byte> body, IAnswerSink sink)
    {
        var reader = new OpenAiChatAnswerReader(sink, whole: true);
        if (!reader.ReadObject(body))
        {
            throw new JsonException("Expected an answer with choices.");
        }

        reader.End();
    }

    public void Read(ReadOnlySpan<byte> eventName, ReadOnlySpan<byte> data)
    {
        if (_over || data.Length == 0)
        {
            return;
        }

        if (data.SequenceEqual("[DONE]"u8))
        {
            End();
            return;
        }

        JsonText.MustBeUtf8(data);
        try
        {
            ReadObject(data);
        }
        catch (InvalidOperationException e)
        {
            throw JsonText.NoText(e);
        }
    }

    /// <summary>Perplexity and others send no [DONE]; the answer is whole when every choice has said why it stopped.</summary>
    public void Closed()
    {
        if (_choices.Count > 0 && _choices.TrueForAll(choice => choice.Finish is not null))
        {
            End();
        }
    }

    private void End()
    {
        if (_over)
        {
            return;
        }

        _over = true;
        _found.Pass(sink);
        for (var i = 0; i < _choices.Count; i++)
        {
            _choices[i].Complete(sink, i, _id);
            sink.Finished(i, _choices[i].Finish ?? FinishReason.Stop);
        }

        sink.Ended();
    }

    /// <returns>False when the object has no choices.</returns>
    private bool ReadObject(ReadOnlySpan<byte> document)
    {
        ReadOnlySpan<byte> id = default, model = default, choices = default, error = default, tier = default, fingerprint = default;
        long? created = null;
        TokenUsage? usage = null;
        var json = new Utf8JsonReader(document);
        if (!json.Read() || json.TokenType is not JsonTokenType.StartObject)
        {
            throw new JsonException("Expected an object.");
        }

        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var member = json.ValueSpan;
            json.Read();
            if (member.SequenceEqual("choices"u8))
            {
                choices = json.TokenType is JsonTokenType.StartArray ? JsonText.Value(ref json, document) : default;
                json.Skip();
            }
            else if (member.SequenceEqual("id"u8))
            {
                id = JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("model"u8))
            {
                model = JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("created"u8))
            {
                created = json.TokenType is JsonTokenType.Number && json.TryGetInt64(out var seconds) ? seconds : null;
                json.Skip();
            }
            else if (member.SequenceEqual("usage"u8))
            {
                usage = OpenAiUsage.Read(ref json) ?? usage;
            }
            else if (member.SequenceEqual("error"u8))
            {
                error = json.TokenType is JsonTokenType.Null ? default : JsonText.Value(ref json, document);
            }
            else if (member.SequenceEqual("service_tier"u8))
            {
                tier = json.TokenType is JsonTokenType.String ? JsonText.Value(ref json, document) : default;
                json.Skip();
            }
            else if (member.SequenceEqual("system_fingerprint"u8))
            {
                fingerprint = json.TokenType is JsonTokenType.String ? JsonText.Value(ref json, document) : default;
                json.Skip();
            }
            else if (member.SequenceEqual("search_results"u8))
            {
                _found.KeepResults(JsonText.Value(ref json, document));
                json.Skip();
            }
            else if (member.SequenceEqual("citations"u8))
            {
                _found.KeepCited(JsonText.Value(ref json, document));
                json.Skip();
            }
            else
            {
                json.Skip();
            }
        }

        if (error.Length > 0 && !IsEmptyObject(error))
        {
            TellUsage(document, usage, tier);
            _over = true;
            sink.Failed(OpenAiErrors.Read(200, document));
            return true;
        }

        if (choices.Length == 0 && usage is null && !_started)
        {
            return false;
        }

        if (!_started)
        {
            _started = true;
            _id = id.ToArray();
            sink.Started(id, model, created is 0 ? null : created);
        }

        if (!_toldTier && (tier.Length > 0 || fingerprint.Length > 0))
        {
            _toldTier = true;
            Tell(ExtraKinds.ServiceTier, tier);
            Tell(ExtraKinds.SystemFingerprint, fingerprint);
        }

        // Before the choices: one of them may end the answer with a failure, and the tokens are owed all the same.
        TellUsage(document, usage, tier);
        ReadChoices(choices);
        return choices.Length > 0;
    }

    private void TellUsage(ReadOnlySpan<byte> document, TokenUsage? usage, ReadOnlySpan<byte> tier)
    {
        // Groq's x_groq.usage, Moonshot's usage in a choice.
        if (usage is null && OpenAiUsage.TryFind(document, out var found))
        {
            usage = found;
        }

        if (usage is { } known)
        {
            sink.Usage(known with { Lane = ServiceLanes.Parse(tier.Trim((byte)'"')) });
        }
    }

    private void Tell(string kind, ReadOnlySpan<byte> value)
    {
        if (value.Length > 0)
        {
            sink.Extra(0, kind, value);
        }
    }

    private void ReadChoices(ReadOnlySpan<byte> choices)
    {
        if (choices.Length == 0)
        {
            return;
        }

        var json = new Utf8JsonReader(choices);
        json.Read();
        if (json.TokenType is not JsonTokenType.StartArray)
        {
            return;     // null beside an error or in a usage chunk
        }

        while (!_over && json.Read() && json.TokenType is not JsonTokenType.EndArray)
        {
            ReadChoice(JsonText.Value(ref json, choices));
        }
    }

    private void ReadChoice(ReadOnlySpan<byte> choice)
    {
        ReadOnlySpan<byte> delta = default, message = default, finish = default, logprobs = default, error = default, stopSequence = default;
        var index = 0;
        var json = new Utf8JsonReader(choice);
        if (!json.Read() || json.TokenType is not JsonTokenType.StartObject)
        {
            throw new JsonException("Expected a choice.");
        }

        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var member = json.ValueSpan;
            json.Read();
            if (member.SequenceEqual("delta"u8))
            {
                delta = JsonText.Value(ref json, choice);
            }
            else if (member.SequenceEqual("message"u8))
            {
                message = JsonText.Value(ref json, choice);
            }
            else if (member.SequenceEqual("index"u8))
            {
                index = json.TokenType is JsonTokenType.Number && json.TryGetInt32(out var number) ? number : 0;
            }
            else if (member.SequenceEqual("finish_reason"u8))
            {
                finish = JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("stop_reason"u8) || member.SequenceEqual("matched_stop"u8))
            {
                // vLLM and SGLang: the sequence, or the number of a token that is none of the caller's.
                stopSequence = json.TokenType is JsonTokenType.String ? JsonText.Value(ref json, choice) : default;
                json.Skip();
            }
            else if (member.SequenceEqual("logprobs"u8))
            {
                logprobs = json.TokenType is JsonTokenType.StartObject ? JsonText.Value(ref json, choice) : default;
                json.Skip();
            }
            else if (member.SequenceEqual("error"u8))
            {
                error = json.TokenType is JsonTokenType.StartObject ? JsonText.Value(ref json, choice) : default;
                json.Skip();
            }
            else
            {
                json.Skip();
            }
        }

        var state = At(index);

        // Perplexity sends both: the message so far beside each delta, and an empty delta beside the whole message.
        var piece = whole ? (message.Length > 0 ? message : delta) : (delta.Length > 0 ? delta : message);
        if (piece.Length > 0)
        {
            state.Read(piece, sink, index, _id);
        }

        if (logprobs.Length > 0)
        {
            PassLogprobs(index, logprobs);
        }

        if (stopSequence.Length > 2)
        {
            sink.Extra(index, ExtraKinds.StopSequence, stopSequence);
        }

        if (error.Length > 0 || OpenAiFinish.IsFailure(finish))
        {
            _over = true;
            sink.Failed(error.Length > 0 ? OpenAiErrors.Read(200, choice) : OpenAiFinish.FailureOf(finish));
        }
        else if (finish.Length > 0)
        {
            state.Finish ??= OpenAiFinish.Of(finish);
        }
    }

    /// <summary>DeepSeek and others leave out the half that they do not fill; OpenAI's clients expect both.</summary>
    private void PassLogprobs(int choice, ReadOnlySpan<byte> logprobs)
    {
        ReadOnlySpan<byte> content = default, refusal = default;
        var json = new Utf8JsonReader(logprobs);
        json.Read();
        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var member = json.ValueSpan;
            json.Read();
            if (member.SequenceEqual("content"u8))
            {
                content = JsonText.Value(ref json, logprobs);
            }
            else if (member.SequenceEqual("refusal"u8))
            {
                refusal = JsonText.Value(ref json, logprobs);
            }
            else
            {
                json.Skip();
            }
        }

        // Together's old form has neither; it says nothing that this form could.
        if (content.Length > 0 || refusal.Length > 0)
        {
            sink.Extra(choice, ExtraKinds.Logprobs, [
                .. "{\"content\":"u8, .. content.Length > 0 ? content : "null"u8, .. ",\"refusal\":"u8, .. refusal.Length > 0 ? refusal : "null"u8, .. "}"u8]);
        }
    }

    private OpenAiChatChoice At(int index)
    {
        if (index is < 0 or >= ClientAnswer.MaxChoices)
        {
            throw new JsonException($"The choice index {index} is out of range.");
        }

        while (_choices.Count <= index)
        {
            _choices.Add(new());
        }

        return _choices[index];
    }

    private static bool IsEmptyObject(ReadOnlySpan<byte> value) => value.SequenceEqual("{}"u8);
}
