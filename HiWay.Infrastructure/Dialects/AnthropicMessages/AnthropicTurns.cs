using System.Text;
using System.Text.Json;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.AnthropicMessages;

/// <summary>
/// Reads <c>system</c> and <c>messages</c>: the part of the request reader that knows roles and blocks. A turn with tool results becomes one message a
/// result, and one for what else it says.
/// </summary>
/// <param name="paths">Receives, for each message of the inner form, where it stood in the client's body.</param>
/// <param name="notCarried">Receives the paths of what has no place in the inner form.</param>
internal sealed class AnthropicTurns(List<KeyValuePair<string, string>> paths, List<string> notCarried)
{
    private readonly List<ChatMessage> _read = [];

    public List<ChatMessage> Read(Field system, Field messages)
    {
        if (!system.IsNull)
        {
            paths.Add(new($"messages[{_read.Count}].content", "system"));
            Add(new(ChatRole.System, [.. Texts(system)]), "system");
        }

        if (!messages.IsArray || messages.Value.GetArrayLength() == 0)
        {
            throw messages.Wrong("a list with at least one message");
        }

        foreach (var message in messages.Items())
        {
            if (!message.IsObject)
            {
                throw message.Wrong("an object");
            }

            switch (message["role"].Text())
            {
                case "user":
                    ReadUser(message);
                    break;
                case "assistant":
                    ReadAssistant(message);
                    break;
                case "system":
                    Add(new(ChatRole.System, [.. Texts(message["content"])]), message.Path);
                    break;
                default:
                    throw message["role"].Wrong("'user' or 'assistant'; instructions go to 'system'");
            }
        }

        return _read;
    }

    private void Add(ChatMessage message, string path)
    {
        paths.Add(new($"messages[{_read.Count}]", path));
        _read.Add(message);
    }

    private IEnumerable<ChatPart> Texts(Field text)
    {
        if (text.IsString)
        {
            return [new TextPart(text.Text())];
        }

        return text.IsArray
            ? text.Items().Select(block => block["type"].Text() == "text"
                ? Text(block)[0] with { CacheControl = block["cache_control"].ElementOrNull() }
                : throw block["type"].Wrong("'text'"))
            : throw text.Wrong("a string or a list of text blocks");
    }

    private void ReadUser(Field message)
    {
        var content = message["content"];
        if (content.IsString)
        {
            Add(new(ChatRole.User, [new TextPart(content.Text())]), message.Path);
            return;
        }

        if (content.IsArray && content.Value.GetArrayLength() == 0)
        {
            throw content.Wrong("a text or at least one block");
        }

        var others = new List<ChatPart>();
        foreach (var block in Blocks(content))
        {
            if (block["type"].Text() == "tool_result")
            {
                Add(new(ChatRole.Tool, [Result(block)]), block.Path);
            }
            else
            {
                others.AddRange(Block(block));
            }
        }

        if (others.Count > 0)
        {
            Add(new(ChatRole.User, others), message.Path);
        }
    }

    private void ReadAssistant(Field message)
    {
        var content = message["content"];
        if (content.IsString)
        {
            Add(new(ChatRole.Assistant, [new TextPart(content.Text())]), message.Path);
            return;
        }

        var parts = new List<ChatPart>();
        foreach (var block in Blocks(content))
        {
            switch (block["type"].Text())
            {
                case "tool_use":
                    parts.Add(Call(block));
                    break;
                case "thinking":
                    var (format, signature) = AnthropicSignatures.Read(block["signature"].TextOrNull() ?? "");
                    parts.Add(new ReasoningPart(block["thinking"].Text(), signature, null, format));
                    break;
                case "redacted_thinking":
                    ReadRedacted(block, parts);
                    break;
                default:
                    parts.AddRange(Block(block));
                    break;
            }
        }

        if (parts.Count > 0)
        {
            Add(new(ChatRole.Assistant, parts), message.Path);
        }
    }

    private static IEnumerable<Field> Blocks(Field content)
    {
        if (!content.IsArray)
        {
            throw content.Wrong("a string or a list of blocks");
        }

        foreach (var block in content.Items())
        {
            yield return block.IsObject ? block : throw block.Wrong("an object");
        }
    }

    /// <summary>Encrypted thinking, or the state of a tool call that travelled as such and goes back to its call.</summary>
    private static void ReadRedacted(Field block, List<ChatPart> parts)
    {
        var (format, data) = AnthropicSignatures.Read(block["data"].Text());
        if (data is null)
        {
            return;
        }

        if (AnthropicSignatures.ReadCall(data) is not var (callId, signature))
        {
            parts.Add(new ReasoningPart("", null, data, format));
            return;
        }

        var at = parts.FindLastIndex(part => part is ToolCallPart call && call.Id == callId);
        if (at >= 0)
        {
            parts[at] = (ToolCallPart)parts[at] with { Signature = signature, SignatureFormat = format };
        }
    }

    private static ToolCallPart Call(Field block)
    {
        var input = block["input"];
        return new(block["id"].Text(), block["name"].Text(), input.IsNull ? "" : input.IsObject ? input.Value.GetRawText() : throw input.Wrong("an object"))
        {
            CacheControl = block["cache_control"].ElementOrNull(),
        };
    }

    private ToolResultPart Result(Field block)
    {
        var content = block["content"];
        IReadOnlyList<ChatPart> parts = content switch
        {
            { IsNull: true } => [],
            { IsString: true } => [new TextPart(content.Text())],
            _ => [.. Blocks(content).SelectMany(Block)],
        };
        return new(block["tool_use_id"].Text(), parts, block["is_error"].FlagOrNull() ?? false) { CacheControl = block["cache_control"].ElementOrNull() };
    }

    /// <summary>A block that any side may hold, as the parts that say the same.</summary>
    private IEnumerable<ChatPart> Block(Field block)
    {
        var type = block["type"].Text();
        var parts = type switch
        {
            "text" => Text(block),
            "image" => [Image(block["source"])],
            "document" => Document(block),
            "search_result" => SearchResult(block),
            _ => new List<ChatPart> { new UnknownPart(type, block.Value) },
        };
        if (!block["cache_control"].IsNull && parts.Count > 0)
        {
            parts[^1] = parts[^1] with { CacheControl = block["cache_control"].Value };
        }

        return parts;
    }

    private List<ChatPart> Text(Field block)
    {
        if (block["citations"] is { IsArray: true } citations && citations.Value.GetArrayLength() > 0)
        {
            notCarried.Add(citations.Path);
        }

        return [new TextPart(block["text"].Text())];
    }

    private static ChatPart Image(Field source) => source["type"].Text() switch
    {
        "base64" => new ImagePart(null, source["media_type"].Text(), source["data"].Text()),
        "url" => new ImagePart(source["url"].Text(), null, null),
        "file" => new FilePart(null, "image/png", null, source["file_id"].Text(), null),
        _ => throw source["type"].Wrong("'base64', 'url' or 'file'"),
    };

    private List<ChatPart> Document(Field block)
    {
        var title = block["title"].TextOrNull();
        foreach (var member in (ReadOnlySpan<string>)["context", "citations"])
        {
            if (!block[member].IsNull && !(block[member].IsObject && block[member]["enabled"].FlagOrNull() == false))
            {
                notCarried.Add(block[member].Path);
            }
        }

        var source = block["source"];
        switch (source["type"].Text())
        {
            case "base64":
                return [new FilePart(null, source["media_type"].TextOrNull() ?? "application/pdf", source["data"].Text(), null, title)];
            case "text":
                return [new FilePart(null, "text/plain", Convert.ToBase64String(Encoding.UTF8.GetBytes(source["data"].Text())), null, title)];
            case "url":
                return [new FilePart(source["url"].Text(), "application/pdf", null, null, title)];
            case "file":
                return [new FilePart(null, null, null, source["file_id"].Text(), title)];
            case "content":
                var content = source["content"];
                return content.IsString ? [new TextPart(content.Text())] : [.. Blocks(content).SelectMany(Block)];
            default:
                throw source["type"].Wrong("'base64', 'text', 'url', 'file' or 'content'");
        }
    }

    /// <summary>Nobody else has such a block; as text the model still reads where the words are from.</summary>
    private List<ChatPart> SearchResult(Field block)
    {
        if (block["citations"] is { IsObject: true } citations && citations["enabled"].FlagOrNull() == true)
        {
            notCarried.Add(citations.Path);
        }

        var texts = Blocks(block["content"]).ToList();
        foreach (var text in texts)
        {
            foreach (var member in (ReadOnlySpan<string>)["citations", "cache_control"])
            {
                if (text[member].SaysSomething)
                {
                    notCarried.Add(text[member].Path);
                }
            }
        }

        var words = string.Concat(texts.Select(text => $"\n{text["text"].Text()}"));
        return [new TextPart($"{block["title"].Text()} ({block["source"].Text()}){words}")];
    }
}
