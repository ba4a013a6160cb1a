using System.Text.Json;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.Gemini;

/// <summary>
/// Reads <c>usageMetadata</c> into disjoint buckets: promptTokenCount holds the cached tokens, thoughtsTokenCount stands beside
/// candidatesTokenCount, toolUsePromptTokenCount beside the prompt (Fixtures/recordings/google/google-generate-content-cache-usage-01.json).
/// </summary>
internal static class GeminiUsage
{
    /// <summary>Reads the object that the reader stands on; null when it holds no count (Vertex's first chunks).</summary>
    public static TokenUsage? Read(ref Utf8JsonReader json)
    {
        if (json.TokenType is not JsonTokenType.StartObject)
        {
            json.Skip();
            return null;
        }

        long? prompt = null, candidates = null;
        long cached = 0, thoughts = 0, toolUse = 0;
        Modalities input = default, cachedInput = default, output = default;
        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("promptTokenCount"u8))
            {
                prompt = TokenCount.ReadNext(ref json);
            }
            else if (json.ValueTextEquals("candidatesTokenCount"u8))
            {
                candidates = TokenCount.ReadNext(ref json);
            }
            else if (json.ValueTextEquals("cachedContentTokenCount"u8))
            {
                cached = TokenCount.ReadNext(ref json) ?? 0;
            }
            else if (json.ValueTextEquals("thoughtsTokenCount"u8))
            {
                thoughts = TokenCount.ReadNext(ref json) ?? 0;
            }
            else if (json.ValueTextEquals("toolUsePromptTokenCount"u8))
            {
                toolUse = TokenCount.ReadNext(ref json) ?? 0;
            }
            else if (json.ValueTextEquals("promptTokensDetails"u8))
            {
                input = Details(ref json);
            }
            else if (json.ValueTextEquals("cacheTokensDetails"u8))
            {
                cachedInput = Details(ref json);
            }
            else if (json.ValueTextEquals("candidatesTokensDetails"u8))
            {
                output = Details(ref json);
            }
            else
            {
                json.Skip();
            }
        }

        if (prompt is null && candidates is null && thoughts == 0)
        {
            return null;
        }

        var text = prompt ?? 0;
        var cacheRead = Part(ref text, cached);
        var audio = Part(ref text, Math.Max(0, input.Audio - cachedInput.Audio));
        var image = Part(ref text, Math.Max(0, input.Image - cachedInput.Image));
        var words = candidates ?? 0;
        var audioOutput = Part(ref words, output.Audio);
        var imageOutput = Part(ref words, output.Image);
        return new TokenUsage
        {
            Input = text + toolUse,
            CacheRead = cacheRead,
            AudioInput = audio,
            ImageInput = image,
            Output = words,
            Reasoning = thoughts,
            AudioOutput = audioOutput,
            ImageOutput = imageOutput,
        };
    }

    private static Modalities Details(ref Utf8JsonReader json)
    {
        var sum = default(Modalities);
        json.Read();
        if (json.TokenType is not JsonTokenType.StartArray)
        {
            json.Skip();
            return sum;
        }

        while (json.Read() && json.TokenType is JsonTokenType.StartObject)
        {
            var audio = false;
            var image = false;
            long count = 0;
            while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
            {
                if (json.ValueTextEquals("modality"u8))
                {
                    json.Read();
                    audio = json.TokenType is JsonTokenType.String && json.ValueTextEquals("AUDIO"u8);
                    image = json.TokenType is JsonTokenType.String && json.ValueTextEquals("IMAGE"u8);
                }
                else if (json.ValueTextEquals("tokenCount"u8))
                {
                    count = TokenCount.ReadNext(ref json) ?? 0;
                }
                else
                {
                    json.Skip();
                }
            }

            sum.Audio += audio ? count : 0;
            sum.Image += image ? count : 0;
        }

        return sum;
    }

    private static long Part(ref long whole, long part)
    {
        var moved = Math.Min(whole, part);
        whole -= moved;
        return moved;
    }

    private struct Modalities
    {
        public long Audio;
        public long Image;
    }
}
