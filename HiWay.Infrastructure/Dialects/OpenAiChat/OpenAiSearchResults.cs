using System.Text.Json;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.OpenAiChat;

/// <summary>What a provider searched for its answer: results with titles (Perplexity), or addresses alone.</summary>
internal sealed class OpenAiSearchResults
{
    private byte[]? _results;
    private byte[]? _cited;

    /// <summary>Perplexity repeats them in every chunk; the first are kept.</summary>
    public void KeepResults(ReadOnlySpan<byte> list) => _results ??= list.ToArray();

    /// <summary>The addresses alone: xAI, and Perplexity before it had search_results and beside them.</summary>
    public void KeepCited(ReadOnlySpan<byte> list) => _cited ??= list.ToArray();

    /// <summary>Hands them on as citations, once the words are all there.</summary>
    public void Pass(IAnswerSink sink)
    {
        if (_results is null)
        {
            PassCited(sink);
            return;
        }

        var json = new Utf8JsonReader(_results);
        json.Read();
        while (json.TokenType is JsonTokenType.StartArray or JsonTokenType.EndObject && json.Read() && json.TokenType is JsonTokenType.StartObject)
        {
            ReadOnlySpan<byte> url = default, title = default, snippet = default;
            while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
            {
                var member = json.ValueSpan;
                json.Read();
                if (member.SequenceEqual("url"u8))
                {
                    url = JsonText.InsideOrEmpty(ref json);
                }
                else if (member.SequenceEqual("title"u8))
                {
                    title = JsonText.InsideOrEmpty(ref json);
                }
                else if (member.SequenceEqual("snippet"u8))
                {
                    snippet = JsonText.InsideOrEmpty(ref json);
                }
                else
                {
                    json.Skip();
                }
            }

            if (url.Length > 0)
            {
                UrlCitations.Pass(sink, 0, url, title, snippet, 0, 0);
            }
        }
    }

    private void PassCited(IAnswerSink sink)
    {
        var json = new Utf8JsonReader(_cited);
        if (_cited is null || !json.Read() || json.TokenType is not JsonTokenType.StartArray)
        {
            return;
        }

        while (json.Read() && json.TokenType is not JsonTokenType.EndArray)
        {
            if (json.TokenType is JsonTokenType.String && json.ValueSpan.Length > 0)
            {
                UrlCitations.Pass(sink, 0, JsonText.Inside(ref json), default, default, 0, 0);
            }

            json.Skip();
        }
    }
}
