using System.Text.Json;
using HiWay.Infrastructure.Dialects.Inner;

namespace HiWay.Infrastructure.Dialects;

/// <summary>Members of single messages that have no place in the inner form (<c>audio</c> of an earlier answer), for upstreams of another dialect.</summary>
internal static class MessageExtras
{
    /// <summary>Names those that said something as dropped.</summary>
    public static void Drop(ChatRequest request, ICollection<string> dropped)
    {
        for (var i = 0; i < request.Messages.Count; i++)
        {
            foreach (var (name, value) in request.Messages[i].Extensions)
            {
                if (Says(name, value))
                {
                    dropped.Add($"messages[{i}].{name}");
                }
            }
        }
    }

    /// <summary>Names the speakers of all turns but the user's as dropped, for upstreams without a field for them; a user's name goes before the user's words.</summary>
    public static void DropNames(ChatRequest request, ICollection<string> dropped)
    {
        for (var i = 0; i < request.Messages.Count; i++)
        {
            if (request.Messages[i] is { Name.Length: > 0, Role: not ChatRole.User })
            {
                dropped.Add($"messages[{i}].name");
            }
        }
    }

    /// <summary>Names as dropped how closely pictures are to be looked at, for upstreams that decide it themselves.</summary>
    public static void DropDetails(ChatRequest request, ICollection<string> dropped)
    {
        for (var i = 0; i < request.Messages.Count; i++)
        {
            IReadOnlyList<ChatPart> parts = request.Messages[i].Parts is [ToolResultPart result] ? result.Parts : [.. request.Messages[i].Parts.Where(part => part is not (ReasoningPart or ToolCallPart))];
            for (var part = 0; part < parts.Count; part++)
            {
                if (parts[part] is ImagePart { Detail: not (null or "auto") })
                {
                    dropped.Add($"messages[{i}].content[{part}].image_url.detail");
                }
            }
        }
    }

    /// <summary>Names thinking that only another provider can read as dropped, for upstreams that take thinking as plain words.</summary>
    public static void DropEncrypted(ChatRequest request, ICollection<string> dropped)
    {
        for (var i = 0; i < request.Messages.Count; i++)
        {
            if (request.Messages[i].Parts.Any(part => part is ReasoningPart { RedactedData: not null }))
            {
                dropped.Add($"messages[{i}].reasoning_content");
            }
        }
    }

    /// <summary>Clients send an answer back as they got it, with empty members, and with annotations that no model reads.</summary>
    public static bool Says(string name, JsonElement value) => name != "annotations" && value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined or JsonValueKind.False => false,
        JsonValueKind.Array => value.GetArrayLength() > 0,
        JsonValueKind.Object => value.EnumerateObject().MoveNext(),
        _ => true,
    };
}
