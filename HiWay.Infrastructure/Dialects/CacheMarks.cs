using System.Text.Json;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects;

/// <summary>Places up to which a prompt shall be cached.</summary>
internal static class CacheMarks
{
    /// <summary>The mark of a part: Anthropic's, which clients of all dialects write, or OpenAI's <c>prompt_cache_breakpoint</c>, which says the same.</summary>
    public static JsonElement? Of(Field part) =>
        part["cache_control"].ElementOrNull() ?? (part["prompt_cache_breakpoint"].IsObject ? JsonElement.Parse("""{"type":"ephemeral"}"""u8) : null);

    /// <summary>For upstreams that cache prompts by themselves, or not at all, and take no marks: names every mark of the request as dropped.</summary>
    public static void Drop(ChatRequest request, ICollection<string> dropped)
    {
        for (var message = 0; message < request.Messages.Count; message++)
        {
            var parts = request.Messages[message].Parts;
            for (var part = 0; part < parts.Count; part++)
            {
                if (parts[part] is ToolResultPart result)
                {
                    Drop(result, $"messages[{message}]", dropped);
                }
                else if (parts[part].CacheControl is not null)
                {
                    dropped.Add($"messages[{message}].content[{part}].cache_control");
                }
            }
        }

        for (var tool = 0; tool < request.Tools.Count; tool++)
        {
            if (request.Tools[tool].CacheControl is not null)
            {
                dropped.Add($"tools[{tool}].cache_control");
            }
        }
    }

    private static void Drop(ToolResultPart result, string path, ICollection<string> dropped)
    {
        if (result.CacheControl is not null)
        {
            dropped.Add($"{path}.cache_control");
        }

        for (var part = 0; part < result.Parts.Count; part++)
        {
            if (result.Parts[part].CacheControl is not null)
            {
                dropped.Add($"{path}.content[{part}].cache_control");
            }
        }
    }
}
