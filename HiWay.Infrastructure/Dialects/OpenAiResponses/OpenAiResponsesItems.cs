using System.Text.Json;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.OpenAiResponses;

/// <summary>
/// Reads <c>instructions</c> and <c>input</c>: items become turns. What the assistant produced between two turns of others (reasoning, words,
/// calls) is one turn of the assistant, in the order in which it was produced.
/// </summary>
internal static class OpenAiResponsesItems
{
    /// <param name="Path">Where it begins in the client's body.</param>
    private sealed record Turn(ChatRole Role, List<ChatPart> Parts, string Path);

    /// <param name="lost">Receives the paths of items and parts that no other API knows.</param>
    /// <param name="paths">Receives where each message stands in the client's body.</param>
    public static IReadOnlyList<ChatMessage> Read(Field instructions, Field input, List<string> lost, List<KeyValuePair<string, string>> paths)
    {
        var turns = new List<Turn>();
        if (instructions.TextOrNull() is { Length: > 0 } words)
        {
            turns.Add(new(ChatRole.System, [new TextPart(words)], instructions.Path));
        }

        if (input.IsString)
        {
            turns.Add(new(ChatRole.User, [new TextPart(input.Text())], input.Path));
        }
        else if (input.IsArray && input.Value.GetArrayLength() > 0)
        {
            foreach (var item in input.Items())
            {
                ReadItem(item, turns, lost);
            }
        }
        else
        {
            throw input.Wrong("a string or a list with at least one item");
        }

        for (var i = 0; i < turns.Count; i++)
        {
            if (turns[i].Role is ChatRole.Tool)
            {
                paths.Add(new($"messages[{i}].content", $"{turns[i].Path}.output"));
            }

            paths.Add(new($"messages[{i}]", turns[i].Path));
        }

        return turns.Count > 0
            ? [.. turns.Select(turn => new ChatMessage(turn.Role, turn.Parts))]
            : throw new InvalidChatRequestException(input.Path, "'input' holds nothing that a model could answer.");
    }

    private static void ReadItem(Field item, List<Turn> turns, List<string> lost)
    {
        if (!item.IsObject)
        {
            throw item.Wrong("an object");
        }

        switch (item["type"].TextOrNull() ?? (item["role"].IsNull ? "item_reference" : "message"))
        {
            case "message":
                ReadMessage(item, turns, lost);
                break;
            case "function_call":
                Lose(item, lost, "caller", "namespace");
                Assistant(turns, item).Add(Call(item));
                break;
            case "custom_tool_call":
                Lose(item, lost, "caller", "namespace");
                Assistant(turns, item).Add(CustomTools.Call(item["call_id"].Text(), item));
                break;
            case "function_call_output" or "custom_tool_call_output":
                Lose(item, lost, "caller");
                turns.Add(new(ChatRole.Tool, [new ToolResultPart(item["call_id"].Text(), Output(item["output"], lost))], item.Path));
                break;
            case "reasoning":
                ReadReasoning(item, turns);
                break;
            case "item_reference":
                throw new InvalidChatRequestException(item.Path,
                    $"'{item.Path}' refers to '{item["id"].TextOrNull()}', which HiWay does not hold (any more). Send the item itself, or 'previous_response_id'.");
            default:
                lost.Add(item.Path);
                break;
        }
    }

    private static void ReadMessage(Field item, List<Turn> turns, List<string> lost)
    {
        var content = Content(item["content"], lost);
        Lose(item, lost, "phase");
        switch (item["role"].Text())
        {
            case "user":
                turns.Add(new(ChatRole.User, content, item.Path));
                break;
            case "system":
                turns.Add(new(ChatRole.System, content, item.Path));
                break;
            case "developer":
                turns.Add(new(ChatRole.Developer, content, item.Path));
                break;
            case "assistant":
                Assistant(turns, item).AddRange(content);
                break;
            default:
                throw item["role"].Wrong("'user', 'assistant', 'system' or 'developer'");
        }
    }

    /// <summary>Members that no other API knows.</summary>
    private static void Lose(Field item, List<string> lost, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (!item[name].IsNull)
            {
                lost.Add(item[name].Path);
            }
        }
    }

    private static ToolCallPart Call(Field item)
    {
        var arguments = item["arguments"];
        var signature = item["extra_content"]["google"]["thought_signature"].TextOrNull();
        return new(item["call_id"].Text(), item["name"].Text(), arguments.IsObject ? arguments.Value.GetRawText() : arguments.TextOrNull() ?? "")
        {
            Signature = signature,
            SignatureFormat = signature is null ? null : SignatureFormats.Gemini,
        };
    }

    /// <summary>A tool's answer; a shape that is no part (some clients hand on what their tool gave) is given to the model as the JSON it is.</summary>
    private static List<ChatPart> Output(Field output, List<string> lost) => output switch
    {
        { IsString: true } => [new TextPart(output.Text())],
        { IsArray: true } when output.Items().All(part => part["type"].IsString) => Content(output, lost),
        { IsNull: true } => throw output.Wrong("a string or a list of parts"),
        _ => [new TextPart(output.Value.GetRawText())],
    };

    private static List<ChatPart> Content(Field content, List<string> lost)
    {
        if (content.IsString)
        {
            return [new TextPart(content.Text())];
        }

        if (!content.IsArray)
        {
            throw content.Wrong("a string or a list of parts");
        }

        var parts = new List<ChatPart>();
        foreach (var part in content.Items())
        {
            if (part.IsString)
            {
                parts.Add(new TextPart(part.Text()));
                continue;
            }

            switch (part["type"].Text())
            {
                case "input_text" or "output_text" or "text":
                    parts.Add(new TextPart(part["text"].Text()) { CacheControl = CacheMarks.Of(part) });
                    break;
                case "refusal":
                    parts.Add(new RefusalPart(part["refusal"].Text()));
                    break;
                case "input_image" or "image_url":
                    parts.Add(Image(part) with { CacheControl = CacheMarks.Of(part) });
                    break;
                case "input_file":
                    if (part["detail"].TextOrNull() is not (null or "auto"))
                    {
                        lost.Add(part["detail"].Path);
                    }

                    parts.Add(File(part) with { CacheControl = CacheMarks.Of(part) });
                    break;
                case "input_audio":
                    var audio = part["input_audio"];
                    parts.Add(new AudioPart(audio["data"].Text(), audio["format"].TextOrNull() ?? "wav"));
                    break;
                case var type when type.StartsWith("input_", StringComparison.Ordinal) || type.StartsWith("output_", StringComparison.Ordinal):
                    lost.Add(part.Path);
                    break;
                case var type:
                    parts.Add(new UnknownPart(type, part.Value));
                    break;
            }
        }

        return parts;
    }

    private static ChatPart Image(Field part)
    {
        var address = part["image_url"];
        if (address.IsNull)
        {
            return new FilePart(null, null, null, part["file_id"].TextOrNull() ?? throw address.Wrong("a string, or 'file_id' given"), null);
        }

        var url = address.IsObject ? address["url"].Text() : address.Text();
        var detail = part["detail"].TextOrNull();
        return DataUrl.TryParse(url, out var mediaType, out var base64)
            ? new ImagePart(null, mediaType, base64, detail)
            : url.StartsWith("data:", StringComparison.OrdinalIgnoreCase)
                ? throw new InvalidChatRequestException(address.Path, $"'{address.Path}' is a data: address that is not base64; use data:image/png;base64,….")
                : new ImagePart(url, null, null, detail);
    }

    private static FilePart File(Field part)
    {
        var name = part["filename"].TextOrNull();
        if (part["file_data"].TextOrNull() is { } data)
        {
            return DataUrl.TryParse(data, out var mediaType, out var base64)
                ? new(null, mediaType, base64, null, name)
                : new(null, MediaTypes.FromName(name) ?? "application/pdf", data, null, name);
        }

        return part["file_url"].TextOrNull() is { } url
            ? new(url, MediaTypes.FromName(name) ?? MediaTypes.FromName(url), null, null, name)
            : new(null, null, null, part["file_id"].TextOrNull() ?? throw part["file_id"].Wrong("a string, or 'file_data' or 'file_url' given"), name);
    }

    private static void ReadReasoning(Field item, List<Turn> turns)
    {
        var text = string.Join("\n\n", Texts(item["summary"]));
        if (text.Length == 0)
        {
            text = string.Concat(Texts(item["content"]));
        }

        var state = ReasoningState.Parse(item["encrypted_content"].TextOrNull());
        if (state is { CallId: { } callId })
        {
            Sign(turns, callId, state.Value);
            return;
        }

        if (text.Length > 0 || state is not null)
        {
            Assistant(turns, item).Add(state switch
            {
                null => new ReasoningPart(text, null),
                { IsData: true } => new ReasoningPart("", null, state.Value.Value, state.Value.Format),
                _ => new ReasoningPart(text, state.Value.Value, null, state.Value.Format),
            });
        }
    }

    /// <summary>State of one call travels behind it, as an item of its own.</summary>
    private static void Sign(List<Turn> turns, string callId, ReasoningState state)
    {
        foreach (var (_, parts, _) in turns)
        {
            var at = parts.FindIndex(part => part is ToolCallPart call && call.Id == callId);
            if (at >= 0)
            {
                parts[at] = (ToolCallPart)parts[at] with { Signature = state.Value, SignatureFormat = state.Format };
            }
        }
    }

    private static IEnumerable<string> Texts(Field list) =>
        list.IsArray ? list.Items().Select(part => part.IsString ? part.Text() : part["text"].TextOrNull() ?? "").Where(text => text.Length > 0) : [];

    private static List<ChatPart> Assistant(List<Turn> turns, Field item)
    {
        if (turns is not [.., { Role: ChatRole.Assistant }])
        {
            turns.Add(new(ChatRole.Assistant, [], item.Path));
        }

        return turns[^1].Parts;
    }
}
