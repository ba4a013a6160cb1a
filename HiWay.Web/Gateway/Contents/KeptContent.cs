using System.Text;
using System.Text.Json;
using HiWay.Infrastructure.Contents;
using HiWay.Web.Gateway.Shield;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Contents;

/// <summary>What is kept of one call while it runs: a copy of its prompt, and of what the client gets.</summary>
internal sealed class KeptContent(byte[] request, AnswerCopy answer)
{
    public CallContent Of(GatewayCall call) => new(
        call.Workspace.Id, call.RequestId, call.ArrivedAt, call.Workspace.Privacy.Scanner, request, answer.ToArray(), call.Streamed ? TextOfStream : static whole => whole);

    /// <summary>The texts of a stream in any client's dialect, one after the other, as a JSON string.</summary>
    internal static byte[] TextOfStream(byte[] events)
    {
        var texts = new Dictionary<string, StringBuilder>(StringComparer.Ordinal);
        StreamTexts.Read(events, piece => (texts.TryGetValue(piece.Channel, out var text) ? text : texts[piece.Channel] = new()).Append(piece.Value));
        return JsonSerializer.SerializeToUtf8Bytes(string.Join("\n\n", texts.Values), GatewayJson.Serialized);
    }
}
