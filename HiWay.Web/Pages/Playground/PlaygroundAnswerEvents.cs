using System.Text.Json;

namespace HiWay.Web.Pages.Playground;

/// <summary>The events of the other APIs: OpenAI's Responses, Anthropic's Messages, pictures.</summary>
public sealed partial class PlaygroundAnswer
{
    private readonly List<string> _images = [];

    /// <summary>Pictures as addresses that a page can show: a data URL, or where the provider keeps it for a while.</summary>
    public IReadOnlyList<string> Images => _images;

    /// <returns>Whether the event held something for the reader; null when it is none of these APIs'.</returns>
    private bool? ApplyEvent(JsonElement data)
    {
        if (StringOf(data, "type") is { } type)
        {
            return type.StartsWith("response.", StringComparison.Ordinal) ? ApplyResponses(data, type) : ApplyMessages(data, type);
        }

        return Member(data, "data") is { ValueKind: JsonValueKind.Array } pictures && Member(data, "choices") is null ? ApplyImages(data, pictures) : null;
    }

    private bool ApplyResponses(JsonElement data, string type)
    {
        switch (type)
        {
            case "response.output_text.delta" or "response.refusal.delta":
                return Grow(_text, StringOf(data, "delta"));
            case "response.reasoning_summary_text.delta" or "response.reasoning_text.delta":
                return Grow(_reasoning, StringOf(data, "delta"));
            case "response.output_item.added" when Member(data, "item") is { } item && StringOf(item, "type") is "function_call":
                Tool(data, "output_index").Name.Append(StringOf(item, "name"));
                return true;
            case "response.function_call_arguments.delta":
                return Grow(Tool(data, "output_index").Arguments, StringOf(data, "delta"));
            case "response.completed" or "response.incomplete" or "response.failed" when Member(data, "response") is { } whole:
                TakeUsage(whole);
                TakeRouting(whole);
                FinishReason = Member(whole, "incomplete_details") is { } why && StringOf(why, "reason") is "max_output_tokens" ? "length" : FinishReason;
                if (Member(whole, "error") is { ValueKind: JsonValueKind.Object } error)
                {
                    TakeError(error, data);
                }

                return false;
            default:
                return false;
        }
    }

    private bool ApplyMessages(JsonElement data, string type)
    {
        switch (type)
        {
            case "message_start" when Member(data, "message") is { } message:
                TakeUsage(message);
                return false;
            case "content_block_start" when Member(data, "content_block") is { } block && StringOf(block, "type") is "tool_use":
                Tool(data, "index").Name.Append(StringOf(block, "name"));
                return true;
            case "content_block_delta" when Member(data, "delta") is { } delta:
                return StringOf(delta, "type") switch
                {
                    "text_delta" => Grow(_text, StringOf(delta, "text")),
                    "thinking_delta" => Grow(_reasoning, StringOf(delta, "thinking")),
                    "input_json_delta" => Grow(Tool(data, "index").Arguments, StringOf(delta, "partial_json")),
                    _ => false,
                };
            case "message_delta":
                TakeUsage(data);
                FinishReason = Member(data, "delta") is { } end && StringOf(end, "stop_reason") is { } reason ? reason is "max_tokens" ? "length" : reason : FinishReason;
                return false;
            case "message":
                TakeUsage(data);
                foreach (var block in Member(data, "content") is { ValueKind: JsonValueKind.Array } content ? content.EnumerateArray() : default)
                {
                    Grow(_text, StringOf(block, "text"));
                }

                return _text.Length > 0;
            default:
                return false;
        }
    }

    private bool ApplyImages(JsonElement data, JsonElement pictures)
    {
        TakeUsage(data);
        foreach (var picture in pictures.EnumerateArray())
        {
            if (StringOf(picture, "b64_json") is { Length: > 0 } bytes)
            {
                _images.Add($"data:image/{StringOf(data, "output_format") ?? "png"};base64,{bytes}");
            }
            else if (StringOf(picture, "url") is { } address && address.StartsWith("https://", StringComparison.Ordinal))
            {
                _images.Add(address);
            }
        }

        return _images.Count > 0;
    }

    /// <summary>OpenAI's names or Anthropic's; what stands beside the input there is part of it here.</summary>
    private void TakeUsage(JsonElement parent)
    {
        if (Member(parent, "usage") is not { ValueKind: JsonValueKind.Object } usage)
        {
            return;
        }

        if ((WholeOf(usage, "input_tokens") ?? WholeOf(usage, "prompt_tokens")) is { } input)
        {
            InputTokens = input + (WholeOf(usage, "cache_read_input_tokens") ?? 0) + (WholeOf(usage, "cache_creation_input_tokens") ?? 0);
        }

        OutputTokens = WholeOf(usage, "output_tokens") ?? WholeOf(usage, "completion_tokens") ?? OutputTokens;
    }

    private (System.Text.StringBuilder Name, System.Text.StringBuilder Arguments) Tool(JsonElement data, string indexName)
    {
        var index = (int)(WholeOf(data, indexName) ?? 0);
        if (!_tools.TryGetValue(index, out var tool))
        {
            _tools[index] = tool = (new(), new());
        }

        return tool;
    }

    private static bool Grow(System.Text.StringBuilder text, string? piece)
    {
        text.Append(piece);
        return !string.IsNullOrEmpty(piece);
    }
}
