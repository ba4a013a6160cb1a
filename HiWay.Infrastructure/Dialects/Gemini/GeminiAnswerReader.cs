using System.Text.Json;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.Gemini;

/// <summary>
/// Reads <c>generateContent</c> answers; a stream is a row of the same objects, each with the parts that are new. There is no terminal event: an
/// answer is whole when every candidate has said why it stopped and the connection was closed in order.
/// </summary>
internal sealed class GeminiAnswerReader(IAnswerSink sink) : IUpstreamStreamReader
{
    private readonly List<GeminiCandidate> _candidates = [];
    private byte[] _id = [];
    private TokenUsage _usage;
    private bool _paysByQuery;
    private bool _started;
    private bool _blocked;
    private bool _over;

    /// <summary>Reads a whole 2xx answer; Vertex answers a stream call without <c>alt=sse</c> with a list of chunks.</summary>
    public static void ReadWhole(ReadOnlySpan<byte> body, IAnswerSink sink)
    {
        var reader = new GeminiAnswerReader(sink);
        var json = new Utf8JsonReader(body);
        json.Read();
        if (json.TokenType is JsonTokenType.StartArray)
        {
            while (json.Read() && json.TokenType is not JsonTokenType.EndArray)
            {
                reader.ReadObject(JsonText.Value(ref json, body));
            }
        }
        else
        {
            reader.ReadObject(body);
        }

        if (!reader._over && reader._candidates.Count == 0 && !reader._blocked)
        {
            throw new JsonException("Expected an answer with candidates.");
        }

        reader.End();
    }

    public void Read(ReadOnlySpan<byte> eventName, ReadOnlySpan<byte> data)
    {
        if (_over || data.Length == 0 || data.SequenceEqual("[DONE]"u8))
        {
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

    public void Closed()
    {
        if (_blocked || (_candidates.Count > 0 && _candidates.TrueForAll(candidate => candidate.Finish is not null)))
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
        for (var i = 0; i < _candidates.Count; i++)
        {
            _candidates[i].Complete(sink, i, _id);
            sink.Finished(i, _candidates[i].Finish ?? FinishReason.Stop);
        }

        if (_blocked && _candidates.Count == 0)
        {
            sink.Finished(0, FinishReason.ContentFilter);
        }

        sink.Ended();
    }

    private void ReadObject(ReadOnlySpan<byte> document)
    {
        ReadOnlySpan<byte> id = default, model = default, candidates = default, feedback = default, error = default, usage = default;
        var json = new Utf8JsonReader(document);
        if (_over)
        {
            return;
        }

        if (!json.Read() || json.TokenType is not JsonTokenType.StartObject)
        {
            throw new JsonException("Expected an object.");
        }

        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var member = json.ValueSpan;
            json.Read();
            if (member.SequenceEqual("candidates"u8))
            {
                candidates = JsonText.Value(ref json, document);
            }
            else if (member.SequenceEqual("usageMetadata"u8))
            {
                usage = JsonText.Value(ref json, document);
            }
            else if (member.SequenceEqual("modelVersion"u8))
            {
                model = JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("responseId"u8))
            {
                id = JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("promptFeedback"u8))
            {
                feedback = JsonText.Value(ref json, document);
            }
            else if (member.SequenceEqual("error"u8))
            {
                error = JsonText.Value(ref json, document);
            }
            else
            {
                json.Skip();
            }
        }

        if (error.Length > 0)
        {
            Fail(GeminiErrors.Read(200, document));
            return;
        }

        if (!_started)
        {
            _started = true;
            _id = id.ToArray();
            sink.Started(id, model, null);

            // ai.google.dev/gemini-api/docs/pricing: before Gemini 3 a grounded prompt costs one fee, from then on each query does.
            _paysByQuery = !model.StartsWith("gemini-1"u8) && !model.StartsWith("gemini-2"u8);
        }

        TellUsage(usage);
        ReadFeedback(feedback);
        ReadCandidates(candidates);
        TellSearches();
    }

    private void TellUsage(ReadOnlySpan<byte> usage)
    {
        if (usage.Length == 0)
        {
            return;
        }

        var json = new Utf8JsonReader(usage);
        json.Read();
        if (GeminiUsage.Read(ref json) is { } tokens)
        {
            _usage = tokens with { Units = _usage.Units };
            sink.Usage(_usage);
        }
    }

    /// <summary>The queries stand in the candidates, mostly in the last chunk.</summary>
    private void TellSearches()
    {
        var queries = 0;
        foreach (var candidate in _candidates)
        {
            queries += candidate.SearchQueries;
        }

        var searches = _paysByQuery ? queries : Math.Min(queries, 1);
        if (searches > _usage.Units.WebSearches && !_over)
        {
            _usage = _usage with { Units = new() { WebSearches = searches } };
            sink.Usage(_usage);
        }
    }

    /// <summary>The prompt itself was refused: an answer without candidates that says so.</summary>
    private void ReadFeedback(ReadOnlySpan<byte> feedback)
    {
        if (feedback.Length == 0)
        {
            return;
        }

        ReadOnlySpan<byte> message = default;
        var json = new Utf8JsonReader(feedback);
        var isObject = json.Read() && json.TokenType is JsonTokenType.StartObject;
        while (isObject && json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("blockReason"u8))
            {
                json.Read();
                _blocked |= json.TokenType is not JsonTokenType.Null;
            }
            else if (json.ValueTextEquals("blockReasonMessage"u8))
            {
                json.Read();
                message = JsonText.InsideOrEmpty(ref json);
            }
            else
            {
                json.Skip();
            }
        }

        if (_blocked)
        {
            sink.Refusal(0, message);
        }
    }

    private void ReadCandidates(ReadOnlySpan<byte> candidates)
    {
        if (candidates.Length == 0)
        {
            return;
        }

        var json = new Utf8JsonReader(candidates);
        json.Read();
        if (json.TokenType is not JsonTokenType.StartArray)
        {
            return;
        }

        while (!_over && json.Read() && json.TokenType is JsonTokenType.StartObject)
        {
            var candidate = JsonText.Value(ref json, candidates);
            var index = IndexOf(candidate);
            if (At(index).Read(candidate, sink, index, _id) is { } failure)
            {
                Fail(failure);
            }
        }
    }

    private void Fail(UpstreamError error)
    {
        _over = true;
        sink.Failed(error);
    }

    private static int IndexOf(ReadOnlySpan<byte> candidate)
    {
        var json = new Utf8JsonReader(candidate);
        json.Read();
        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var found = json.ValueTextEquals("index"u8);
            json.Read();
            if (found && json.TokenType is JsonTokenType.Number && json.TryGetInt32(out var index))
            {
                return index;
            }

            json.Skip();
        }

        return 0;
    }

    private GeminiCandidate At(int index)
    {
        if (index is < 0 or >= ClientAnswer.MaxChoices)
        {
            throw new JsonException($"The candidate index {index} is out of range.");
        }

        while (_candidates.Count <= index)
        {
            _candidates.Add(new());
        }

        return _candidates[index];
    }
}
