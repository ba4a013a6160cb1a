using System.Text.Json;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.OpenAiChat;

/// <summary>
/// Reads the usage object of OpenAI's dialect and of all who speak it into disjoint buckets. Allocates nothing, so that the byte
/// relay can call it on every chunk that mentions usage.
/// </summary>
/// <remarks>
/// prompt_tokens contains cached, audio and image tokens; completion_tokens contains reasoning, except at xAI and at Gemini's
/// compatible endpoint, where total_tokens gives it away (Fixtures/recordings/xai/xai-chat-completions-tool-call-stream-01.json:
/// 468 + 77 tokens, 582 of reasoning, total 1127). The same object with OpenAI's newer names (input_tokens, output_tokens) is read too.
/// </remarks>
public static class OpenAiUsage
{
    /// <summary>Finds and reads the usage in a whole chunk or answer: at the top, in Groq's <c>x_groq</c>, in a choice (Moonshot).</summary>
    /// <param name="json">One JSON object.</param>
    /// <exception cref="JsonException">The text is no JSON.</exception>
    public static bool TryFind(ReadOnlySpan<byte> json, out TokenUsage usage)
    {
        usage = default;

        // Most chunks do not mention it; the search for a few bytes is far cheaper than reading tokens.
        if (json.IndexOf("\"usage\""u8) < 0)
        {
            return false;
        }

        try
        {
            return Find(json, ref usage);
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("A member name is no text.", e);
        }
    }

    /// <summary>Reads one usage object; null when it holds no token count.</summary>
    public static TokenUsage? Read(ReadOnlySpan<byte> usageObject)
    {
        var reader = new Utf8JsonReader(usageObject);
        return reader.Read() ? Read(ref reader) : null;
    }

    private static bool Find(ReadOnlySpan<byte> json, ref TokenUsage usage)
    {
        var found = false;
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType is not JsonTokenType.StartObject)
        {
            return false;
        }

        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("usage"u8))
            {
                reader.Read();
                found |= Keep(ref reader, ref usage);
            }
            else if (!found && (reader.ValueTextEquals("x_groq"u8) || reader.ValueTextEquals("choices"u8)))
            {
                reader.Read();
                found |= FindBelow(ref reader, ref usage);
            }
            else
            {
                reader.Skip();
            }
        }

        return found;
    }

    /// <summary>Reads the value that the reader stands on (an object or <c>null</c>) and leaves the reader on its last token.</summary>
    public static TokenUsage? Read(ref Utf8JsonReader json)
    {
        if (json.TokenType is not JsonTokenType.StartObject)
        {
            json.Skip();
            return null;
        }

        var counts = default(Counts);
        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("prompt_tokens"u8) || json.ValueTextEquals("input_tokens"u8))
            {
                counts.Prompt = TokenCount.ReadNext(ref json);
            }
            else if (json.ValueTextEquals("completion_tokens"u8) || json.ValueTextEquals("output_tokens"u8))
            {
                counts.Completion = TokenCount.ReadNext(ref json);
            }
            else if (json.ValueTextEquals("total_tokens"u8))
            {
                counts.Total = TokenCount.ReadNext(ref json);
            }
            else if (json.ValueTextEquals("prompt_tokens_details"u8) || json.ValueTextEquals("input_tokens_details"u8))
            {
                ReadPromptDetails(ref json, ref counts);
            }
            else if (json.ValueTextEquals("completion_tokens_details"u8) || json.ValueTextEquals("output_tokens_details"u8))
            {
                ReadCompletionDetails(ref json, ref counts);
            }
            else if (json.ValueTextEquals("prompt_cache_hit_tokens"u8)      // DeepSeek
                || json.ValueTextEquals("cached_tokens"u8)                  // Together, Moonshot
                || json.ValueTextEquals("num_cached_tokens"u8)              // Mistral
                || json.ValueTextEquals("cache_read_input_tokens"u8))       // Anthropic's names on a compatible server
            {
                counts.Cached = Math.Max(counts.Cached, TokenCount.ReadNext(ref json) ?? 0);
            }
            else if (json.ValueTextEquals("cache_creation_input_tokens"u8))
            {
                counts.CacheWrite = Math.Max(counts.CacheWrite, TokenCount.ReadNext(ref json) ?? 0);
            }
            else if (json.ValueTextEquals("reasoning_tokens"u8))            // Perplexity
            {
                counts.Reasoning = Math.Max(counts.Reasoning, TokenCount.ReadNext(ref json) ?? 0);
            }
            else if (!OpenAiUsageUnits.TryRead(ref json, ref counts.Units))
            {
                json.Skip();
            }
        }

        return counts.ToUsage();
    }

    private static bool Keep(ref Utf8JsonReader json, ref TokenUsage usage)
    {
        if (Read(ref json) is not { } read)
        {
            return false;
        }

        usage = read;
        return true;
    }

    /// <summary>Looks for usage one object below: in an object, or in the objects of an array.</summary>
    private static bool FindBelow(ref Utf8JsonReader json, ref TokenUsage usage)
    {
        if (json.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
        {
            return false;
        }

        var found = false;
        var depth = json.CurrentDepth;
        var level = depth + (json.TokenType is JsonTokenType.StartArray ? 2 : 1);
        while (json.Read() && json.CurrentDepth > depth)
        {
            if (json.TokenType is not JsonTokenType.PropertyName || json.CurrentDepth != level)
            {
                continue;
            }

            if (json.ValueTextEquals("usage"u8))
            {
                json.Read();
                found |= Keep(ref json, ref usage);
            }
            else
            {
                json.Skip();
            }
        }

        return found;
    }

    private static void ReadPromptDetails(ref Utf8JsonReader json, ref Counts counts)
    {
        json.Read();
        if (json.TokenType is not JsonTokenType.StartObject)
        {
            json.Skip();
            return;
        }

        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("cached_tokens"u8))
            {
                counts.Cached = Math.Max(counts.Cached, TokenCount.ReadNext(ref json) ?? 0);
            }
            else if (json.ValueTextEquals("cache_write_tokens"u8))          // OpenRouter, newer OpenAI
            {
                counts.CacheWrite = Math.Max(counts.CacheWrite, TokenCount.ReadNext(ref json) ?? 0);
            }
            else if (json.ValueTextEquals("audio_tokens"u8))
            {
                counts.AudioInput = TokenCount.ReadNext(ref json) ?? 0;
            }
            else if (json.ValueTextEquals("image_tokens"u8))
            {
                counts.ImageInput = TokenCount.ReadNext(ref json) ?? 0;
            }
            else
            {
                json.Skip();
            }
        }
    }

    private static void ReadCompletionDetails(ref Utf8JsonReader json, ref Counts counts)
    {
        json.Read();
        if (json.TokenType is not JsonTokenType.StartObject)
        {
            json.Skip();
            return;
        }

        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("reasoning_tokens"u8))
            {
                counts.Reasoning = Math.Max(counts.Reasoning, TokenCount.ReadNext(ref json) ?? 0);
            }
            else if (json.ValueTextEquals("audio_tokens"u8))
            {
                counts.AudioOutput = TokenCount.ReadNext(ref json) ?? 0;
            }
            else if (json.ValueTextEquals("image_tokens"u8))
            {
                counts.ImageOutput = TokenCount.ReadNext(ref json) ?? 0;
            }
            else
            {
                json.Skip();
            }
        }
    }

    /// <summary>The numbers as the upstream wrote them, overlaps included.</summary>
    private struct Counts
    {
        public long? Prompt;
        public long? Completion;
        public long? Total;
        public long Cached;
        public long CacheWrite;
        public long AudioInput;
        public long ImageInput;
        public long Reasoning;
        public long AudioOutput;
        public long ImageOutput;
        public UnitUsage Units;

        public readonly TokenUsage? ToUsage()
        {
            if (Prompt is null && Completion is null)
            {
                return null;
            }

            var input = Prompt ?? 0;
            var cacheRead = Part(ref input, Cached);
            var cacheWrite = Part(ref input, CacheWrite);
            var audioInput = Part(ref input, AudioInput);
            var imageInput = Part(ref input, ImageInput);

            var output = Completion ?? 0;
            var reasoning = ReasoningBeside(output);
            if (reasoning == 0)
            {
                reasoning = Part(ref output, Reasoning);
            }

            var audioOutput = Part(ref output, AudioOutput);
            var imageOutput = Part(ref output, ImageOutput);
            return new TokenUsage
            {
                Input = input,
                CacheRead = cacheRead,
                CacheWrite5m = cacheWrite,
                AudioInput = audioInput,
                ImageInput = imageInput,
                Output = output,
                Reasoning = reasoning,
                AudioOutput = audioOutput,
                ImageOutput = imageOutput,
                Units = Units,
            };
        }

        /// <summary>
        /// Reasoning that the upstream counts beside completion_tokens: what total_tokens holds beyond prompt and completion, when
        /// it is the stated reasoning or no reasoning is stated. 0 when reasoning is inside, as OpenAI counts.
        /// </summary>
        private readonly long ReasoningBeside(long completion)
        {
            var unexplained = (Total ?? 0) - (Prompt ?? 0) - completion;
            return unexplained > 0 && (Reasoning == 0 || Reasoning == unexplained) ? unexplained
                : Reasoning > completion ? Reasoning
                : 0;
        }

        /// <summary>Moves tokens out of what contains them; never more than there are, so that the sum stays what the upstream billed.</summary>
        private static long Part(ref long whole, long part)
        {
            var moved = Math.Min(whole, part);
            whole -= moved;
            return moved;
        }
    }
}
