using HiWay.Infrastructure.Dialects.Inner;

namespace HiWay.Web.Gateway.Upstream;

/// <summary>What an upstream cannot be told, in the words of the body that the client sent.</summary>
internal static class DroppedPaths
{
    /// <summary>The inner form's paths are OpenAI's; the longest beginning that Anthropic spells otherwise decides.</summary>
    private static readonly KeyValuePair<string, string>[] Anthropic =
    [
        new("response_format.json_schema.schema", "output_config.format.schema"),
        new("response_format", "output_config.format"),
        new("reasoning_effort", "thinking"),
        new("parallel_tool_calls", "tool_choice.disable_parallel_tool_use"),
        new("stop", "stop_sequences"),
        new("user", "metadata.user_id"),
        new("max_completion_tokens", "max_tokens"),
    ];

    /// <param name="dropped">Paths of the inner form, as the upstream's writer reported them.</param>
    /// <param name="to">Receives each path once.</param>
    public static void Report(ChatRequest request, List<string> dropped, List<string> to)
    {
        foreach (var path in request.NotCarried)
        {
            Add(to, path);
        }

        foreach (var path in dropped)
        {
            Add(to, Translate(request, path));
        }
    }

    private static void Add(List<string> to, string path)
    {
        if (!to.Contains(path))
        {
            to.Add(path);
        }
    }

    private static string Translate(ChatRequest request, string path)
    {
        foreach (var (inner, clients) in request.Paths)
        {
            if (StartsWith(path, inner))
            {
                // What is looked at closely stands beside the picture in OpenAI's newer dialect.
                return clients + (request.Dialect == ChatDialects.OpenAiResponses ? path[inner.Length..].Replace("].image_url.detail", "].detail", StringComparison.Ordinal) : path[inner.Length..]);
            }
        }

        if (request.Dialect != ChatDialects.AnthropicMessages)
        {
            // OpenAI's newer dialect has no "function" between a tool and what it takes.
            return request.Dialect == ChatDialects.OpenAiResponses ? path.Replace(".function.", ".", StringComparison.Ordinal) : path;
        }

        foreach (var (inner, clients) in Anthropic)
        {
            if (StartsWith(path, inner))
            {
                return clients + path[inner.Length..];
            }
        }

        return path.Replace(".function.parameters", ".input_schema", StringComparison.Ordinal);
    }

    private static bool StartsWith(string path, string beginning) =>
        path.StartsWith(beginning, StringComparison.Ordinal) && (path.Length == beginning.Length || path[beginning.Length] is '.' or '[');
}
