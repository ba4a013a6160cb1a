using System.Text.Json;
using HiWay.Infrastructure.StoredResponses;
using HiWay.Web.Gateway.Clients;
using HiWay.Web.Gateway.Upstream;
using Microsoft.Extensions.Options;

namespace HiWay.Web.Gateway.StoredResponses;

/// <summary>
/// Keeps answers of the Responses API that no provider keeps, before their last byte leaves, so that the next turn finds them on every node. An answer is not
/// held up by a database that does not take it: then it is not kept.
/// </summary>
internal sealed class ResponseKeeper(IStoredResponses stored, IOptions<GatewayOptions> options, ILogger<ResponseKeeper> log)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>What the answer will be kept with, taken while the request's bytes are there; null for one that is not kept.</summary>
    public byte[]? Begin(GatewayCall call, Attempt attempt) =>
        call.Operation is null && call.Client == ClientDialects.OpenAiResponses && call.Body is { Store: true, InputMember: { } input }
        && options.Value.KeepResponsesFor > TimeSpan.Zero && !call.Client.PassesThrough(attempt.Deployment)
            ? call.Body.Bytes[input.ValueStart..input.End].ToArray()
            : null;

    /// <param name="answer">A response object, or the last events of a stream.</param>
    public async ValueTask KeepAsync(GatewayCall call, byte[]? input, ReadOnlyMemory<byte> answer)
    {
        if (input is null)
        {
            return;
        }

        try
        {
            var response = call.Streamed ? ResponseIn(answer.Span) : answer.ToArray();
            if (response.Length == 0)
            {
                return;
            }

            // The client may have gone; what it got so far can be gone on from all the same.
            using var patience = new CancellationTokenSource(Patience);
            await stored.SaveAsync(
                call.Workspace.Id, ResponseIds.Of(call.RequestId), ConversationJson.Write(input, response), options.Value.KeepResponsesFor, patience.Token);
        }
        catch (Exception broken)
        {
            GatewayLog.NotKept(log, broken, call.RequestId);
        }
    }

    /// <summary>The response object of the last event.</summary>
    private static byte[] ResponseIn(ReadOnlySpan<byte> events)
    {
        var last = events.LastIndexOf("\ndata: "u8);
        if (last < 0)
        {
            return [];
        }

        var data = events[(last + 7)..].TrimEnd("\n"u8);
        var json = new Utf8JsonReader(data);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var isResponse = json.ValueTextEquals("response"u8);
            json.Read();
            var start = (int)json.TokenStartIndex;
            json.Skip();
            if (isResponse)
            {
                return data[start..(int)json.BytesConsumed].ToArray();
            }
        }

        return [];
    }
}
