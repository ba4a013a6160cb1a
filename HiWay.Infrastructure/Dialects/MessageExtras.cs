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
