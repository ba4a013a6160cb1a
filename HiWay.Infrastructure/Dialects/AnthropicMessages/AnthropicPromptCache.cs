using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using HiWay.Domain.Limits;
using HiWay.Infrastructure.Dialects.Inner;

namespace HiWay.Infrastructure.Dialects.AnthropicMessages;

/// <summary>When a prompt is worth a mark for Anthropic's cache, for callers who set none themselves.</summary>
internal static class AnthropicPromptCache
{
    /// <summary>The mark: five minutes, the API's default.</summary>
    public static ReadOnlySpan<byte> Mark => "\"cache_control\":{\"type\":\"ephemeral\"}"u8;

    public static JsonElement Ephemeral { get; } = JsonElement.Parse("""{"type":"ephemeral"}"""u8);

    /// <summary>
    /// Tokens from which the API caches a prefix (platform.claude.com/docs, "Prompt caching"); null for models that are not Anthropic's, whose servers
    /// may refuse the field.
    /// </summary>
    public static int? MinimumTokens(string upstreamModel)
    {
        var model = AnthropicModel.Of(upstreamModel);
        var haiku = upstreamModel.Contains("haiku", StringComparison.Ordinal);
        return !model.Known ? null
            : model.Version >= 405 && (haiku || upstreamModel.Contains("opus", StringComparison.Ordinal)) ? 4096
            : haiku ? 2048
            : 1024;
    }

    /// <summary>The caller has set no mark, and what stands before the turns is long enough.</summary>
    public static bool WantsMarks(ChatRequest request, string upstreamModel)
    {
        if (MinimumTokens(upstreamModel) is null || request.Extensions.ContainsKey("cache_control"))
        {
            return false;
        }

        long bytes = 0;
        foreach (var tool in request.Tools)
        {
            if (tool.CacheControl is not null)
            {
                return false;
            }

            bytes += tool.Name.Length + (tool.Description?.Length ?? 0) + (tool.Parameters is { } schema ? JsonMarshal.GetRawUtf8Value(schema).Length : 0);
        }

        var inPrefix = true;
        foreach (var message in request.Messages)
        {
            inPrefix &= message.Role is ChatRole.System or ChatRole.Developer;
            foreach (var part in message.Parts)
            {
                if (part.CacheControl is not null || (part is ToolResultPart result && result.Parts.Any(inner => inner.CacheControl is not null)))
                {
                    return false;
                }

                bytes += inPrefix && part is TextPart text ? Encoding.UTF8.GetByteCount(text.Text) : 0;
            }
        }

        return Reaches(upstreamModel, bytes);
    }

    /// <summary>Whether system prompt and tools together reach the model's minimum. The estimate leans high: below the minimum a mark has no effect and no price.</summary>
    public static bool Reaches(string upstreamModel, long prefixBytes) =>
        MinimumTokens(upstreamModel) is { } minimum && TokenEstimate.OfBytes(prefixBytes) >= minimum;
}
