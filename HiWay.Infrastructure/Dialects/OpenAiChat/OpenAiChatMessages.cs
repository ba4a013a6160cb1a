using System.Text.Json;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.OpenAiChat;

/// <summary>Reads the turns of OpenAI's dialect: the part of the request reader that knows roles, parts and tool calls.</summary>
internal static class OpenAiChatMessages
{
    private static readonly HashSet<string> Known =
    [
        "role", "content", "name", "tool_calls", "tool_call_id", "function_call", "refusal", "cache_control",
        "reasoning", "reasoning_content", "reasoning_details", "reasoning_signature", "extra_content",
    ];

    public static IReadOnlyList<ChatMessage> Read(Field messages)
    {
        if (!messages.IsArray || messages.Value.GetArrayLength() == 0)
        {
            throw messages.Wrong("a list with at least one message");
        }

        var read = new List<ChatMessage>(messages.Value.GetArrayLength());
        var legacyIds = new LegacyCallIds();
        foreach (var message in messages.Items())
        {
            if (!message.IsObject)
            {
                throw message.Wrong("an object");
            }

            var (role, parts) = message["role"].Text() switch
            {
                "system" => (ChatRole.System, Content(message, required: true)),
                "developer" => (ChatRole.Developer, Content(message, required: true)),
                "user" => (ChatRole.User, Content(message, required: true)),
                "assistant" => (ChatRole.Assistant, Assistant(message, legacyIds)),
                "tool" => (ChatRole.Tool, [new ToolResultPart(message["tool_call_id"].Text(), Content(message, required: false))]),
                "function" => (ChatRole.Tool,
                    [new ToolResultPart(legacyIds.OfResult(message["name"].Text()), Content(message, required: false))]),
                _ => throw message["role"].Wrong("'system', 'developer', 'user', 'assistant' or 'tool'"),
            };
            read.Add(new(role, parts)
            {
                Name = role is ChatRole.Tool ? null : message["name"].TextOrNull(),
                Extensions = OpenAiChatRequestReader.Others(message.Value, Known),
            });
        }

        return read;
    }

    private static List<ChatPart> Content(Field message, bool required)
    {
        var content = message["content"];
        var parts = new List<ChatPart>();
        if (content.IsString)
        {
            // Some clients mark a whole message for caching.
            parts.Add(new TextPart(content.Text()) { CacheControl = message["cache_control"].ElementOrNull() });
        }
        else if (content.IsArray)
        {
            parts.AddRange(content.Items().Select(Part));
            if (!message["cache_control"].IsNull && parts.Count > 0)
            {
                parts[^1] = parts[^1] with { CacheControl = parts[^1].CacheControl ?? message["cache_control"].ElementOrNull() };
            }
        }
        else if (required || !content.IsNull)
        {
            throw content.Wrong("a string or a list of parts");
        }

        return parts;
    }

    private static ChatPart Part(Field part)
    {
        if (part.IsString)
        {
            return new TextPart(part.Text());
        }

        var type = part["type"].Text();
        ChatPart read = type switch
        {
            "text" => new TextPart(part["text"].Text()),
            "image_url" => Image(part["image_url"]),
            "input_audio" => new AudioPart(part["input_audio"]["data"].Text(), part["input_audio"]["format"].TextOrNull() ?? "wav"),
            "file" => File(part["file"]),
            "refusal" => new RefusalPart(part["refusal"].Text()),
            _ => new UnknownPart(type, part.Value),
        };
        return CacheMarks.Of(part) is { } mark ? read with { CacheControl = mark } : read;
    }

    private static ImagePart Image(Field image)
    {
        // Some clients put the address where OpenAI wants an object.
        var url = image.IsString ? image.Text() : image["url"].Text();
        var detail = image.IsObject ? image["detail"].TextOrNull() : null;
        return DataUrl.TryParse(url, out var mediaType, out var base64)
            ? new(null, mediaType, base64, detail)
            : url.StartsWith("data:", StringComparison.OrdinalIgnoreCase)
                ? throw new InvalidChatRequestException($"{image.Path}.url", $"'{image.Path}.url' is a data: address that is not base64; use data:image/png;base64,….")
                : new(url, null, null, detail);
    }

    private static FilePart File(Field file)
    {
        if (!file.IsObject)
        {
            throw file.Wrong("an object");
        }

        var name = file["filename"].TextOrNull();
        var data = file["file_data"].TextOrNull();
        if (data is null)
        {
            return new(null, null, null, file["file_id"].TextOrNull() ?? throw file["file_id"].Wrong("a string, or 'file_data' given"), name);
        }

        if (DataUrl.TryParse(data, out var mediaType, out var base64))
        {
            return new(null, mediaType, base64, null, name);
        }

        // Not OpenAI's own, but what clients send who have only an address.
        return data.Contains("://", StringComparison.Ordinal)
            ? new(data, MediaTypes.FromName(name) ?? MediaTypes.FromName(data), null, null, name)
            : new(null, MediaTypes.FromName(name) ?? "application/pdf", data, null, name);
    }

    private static List<ChatPart> Assistant(Field message, LegacyCallIds legacyIds)
    {
        // The order that every provider wants back: reasoning, words, calls.
        var parts = Reasoning(message);
        parts.AddRange(Content(message, required: false));
        if (message["refusal"].TextOrNull() is { Length: > 0 } refusal)
        {
            parts.Add(new RefusalPart(refusal));
        }

        var calls = message["tool_calls"];
        if (calls.IsArray)
        {
            parts.AddRange(calls.Items().Select(Call));
        }
        else if (!calls.IsNull)
        {
            throw calls.Wrong("a list of tool calls");
        }

        var legacy = message["function_call"];
        if (legacy.IsObject)
        {
            var name = legacy["name"].Text();
            parts.Add(new ToolCallPart(legacyIds.OfCall(name), name, legacy["arguments"].TextOrNull() ?? ""));
        }

        return parts;
    }

    private static ChatPart Call(Field call)
    {
        if (!call.IsObject)
        {
            throw call.Wrong("an object");
        }

        if (call["type"].TextOrNull() is "custom" && call["custom"].IsObject)
        {
            return CustomTools.Call(call["id"].Text(), call["custom"]);
        }

        var function = call["function"];
        if (!function.IsObject)
        {
            return call["type"].TextOrNull() is { } type and not "function"
                ? new UnknownPart(type, call.Value)
                : throw function.Wrong("an object");
        }

        var signature = call["extra_content"]["google"]["thought_signature"].TextOrNull();
        var arguments = function["arguments"];
        return new ToolCallPart(
            call["id"].Text(), function["name"].Text(), arguments.IsObject ? arguments.Value.GetRawText() : arguments.TextOrNull() ?? "")
        {
            Signature = signature,
            SignatureFormat = signature is null ? null : SignatureFormats.Gemini,
            CacheControl = call["cache_control"].ElementOrNull(),
        };
    }

    /// <summary>
    /// Thinking that the client sends back. <c>reasoning_details</c> (as our own answers carry it) holds everything; the plain text
    /// fields are used where a detail lacks its text, or alone.
    /// </summary>
    private static List<ChatPart> Reasoning(Field message)
    {
        var parts = new List<ChatPart>();
        var plain = message["reasoning_content"].IsString ? message["reasoning_content"].Text()
            : message["reasoning"].IsString ? message["reasoning"].Text()
            : null;
        var details = message["reasoning_details"];
        if (details.IsArray)
        {
            foreach (var detail in details.Items().Where(detail => detail.IsObject))
            {
                AddDetail(parts, detail);
            }

            if (plain is not null && parts is [ReasoningPart { Text: "", RedactedData: null } only])
            {
                parts[0] = only with { Text = plain };
            }
        }

        var google = message["extra_content"]["google"]["thought_signature"].TextOrNull();
        var signature = message["reasoning_signature"].TextOrNull() ?? google;
        if (parts.Count == 0 && (!string.IsNullOrEmpty(plain) || signature is not null))
        {
            parts.Add(new ReasoningPart(plain ?? "", signature, null, google is null ? null : SignatureFormats.Gemini));
        }

        return parts;
    }

    private static void AddDetail(List<ChatPart> parts, Field detail)
    {
        var format = detail["format"].TextOrNull();
        switch (detail["type"].TextOrNull())
        {
            case "reasoning.encrypted":
                parts.Add(new ReasoningPart("", null, detail["data"].Text(), format));
                break;
            case "reasoning.text":
                // A client that kept a stream's pieces apart sends them apart; a block ends with its signature.
                var text = detail["text"].TextOrNull() ?? "";
                var signature = detail["signature"].TextOrNull();
                if (parts is [.., ReasoningPart { Signature: null, RedactedData: null } open])
                {
                    parts[^1] = open with { Text = open.Text + text, Signature = signature, Format = format ?? open.Format };
                }
                else
                {
                    parts.Add(new ReasoningPart(text, signature, null, format));
                }

                break;
        }
    }

    /// <summary>The old form has no ids: a result belongs to the last call of its name. Ours are the same for the same conversation.</summary>
    private sealed class LegacyCallIds
    {
        private readonly Dictionary<string, string> _lastOfName = [];
        private int _calls;

        public string OfCall(string name) => _lastOfName[name] = $"call_{_calls++}";

        public string OfResult(string name) => _lastOfName.TryGetValue(name, out var id) ? id : OfCall(name);
    }
}
