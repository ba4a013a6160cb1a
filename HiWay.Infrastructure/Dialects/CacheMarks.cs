using HiWay.Infrastructure.Dialects.Inner;

namespace HiWay.Infrastructure.Dialects;

/// <summary>For upstreams that cache prompts by themselves, or not at all, and take no marks.</summary>
internal static class CacheMarks
{
    /// <summary>Names every mark of the request as dropped.</summary>
    public static void Drop(ChatRequest request, ICollection<string> dropped)
    {
        for (var message = 0; message < request.Messages.Count; message++)
        {
            var parts = request.Messages[message].Parts;
            for (var part = 0; part < parts.Count; part++)
            {
                if (parts[part].CacheControl is not null)
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
}
