using System.Buffers;
using System.Diagnostics;
using System.Text.Json;
using HiWay.Domain.Errors;
using HiWay.Infrastructure.StoredResponses;
using HiWay.Web.Gateway.Clients;
using HiWay.Web.Gateway.StoredResponses;
using HiWay.Web.Gateway.Wire;
using Microsoft.Extensions.Options;

namespace HiWay.Web.Gateway.Stages;

/// <summary>
/// Puts the conversation that HiWay kept in the place of a <c>previous_response_id</c> or an item's id, so that all later stages see what the model will see.
/// Ids that providers made are left to them.
/// </summary>
internal sealed class Recall(IStoredResponses stored, IOptions<GatewayOptions> options, ILogger<Recall> log)
{
    public ValueTask<GatewayError?> RunAsync(GatewayCall call) =>
        call.Operation is null && call.Client == ClientDialects.OpenAiResponses
        && (call.Body.HasItemReferences || (call.Body.PreviousResponseId is { } previous && ResponseIds.IsOurs(previous)))
            ? new(RecallAsync(call))
            : default;

    private async Task<GatewayError?> RecallAsync(GatewayCall call)
    {
        var started = Stopwatch.GetTimestamp();
        var body = call.Body;
        var previous = body.PreviousResponseId is { } id && ResponseIds.IsOurs(id) ? id : null;
        using var input = body.InputMember is { } member ? JsonDocument.Parse(body.Bytes[member.ValueStart..member.End]) : null;
        var wanted = input is null ? [] : References(input.RootElement);
        if (previous is not null)
        {
            wanted.Add(previous);
        }

        var found = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        try
        {
            foreach (var one in wanted)
            {
                if (await stored.FindAsync(call.Workspace.Id, one, call.Http.RequestAborted) is { } conversation)
                {
                    found[one] = JsonElement.Parse(conversation, new() { MaxDepth = 256 });
                }
            }
        }
        catch (Exception broken) when (broken is not OperationCanceledException)
        {
            GatewayLog.NotRecalled(log, broken, call.RequestId);
            return new GatewayError(GatewayErrorKind.Overloaded, "The conversation that this call goes on from cannot be read right now. Try again shortly, or send its items in 'input'.")
            {
                RetryAfter = TimeSpan.FromSeconds(1),
            };
        }

        if (previous is not null && !found.ContainsKey(previous))
        {
            call.Record("recall", "refused", started);
            return ChatBodyScanner.Invalid(
                $"'{previous}' is not held here (any more). Answers are kept for {Words(options.Value.KeepResponsesFor)} unless 'store' is false; send the items in 'input' instead.",
                "previous_response_id");
        }

        if (found.Count > 0 && Replace(call, body, previous, input?.RootElement, found) is { } error)
        {
            return error;
        }

        call.Record("recall", found.Count == 1 ? "one answer" : $"{found.Count} answers", started);
        return null;
    }

    /// <summary>The answers of ours that items in the input refer to.</summary>
    private static HashSet<string> References(JsonElement input)
    {
        var wanted = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in input.ValueKind is JsonValueKind.Array ? input.EnumerateArray() : default)
        {
            if (ReferenceIn(item) is { } id && ResponseIds.OfItem(id) is { } answer)
            {
                wanted.Add(answer);
            }
        }

        return wanted;
    }

    private static string? ReferenceIn(JsonElement item)
    {
        if (item.ValueKind is not JsonValueKind.Object || !item.TryGetProperty("id", out var id) || id.ValueKind is not JsonValueKind.String)
        {
            return null;
        }

        var refers = item.TryGetProperty("type", out var type) && type.ValueKind is JsonValueKind.String
            ? type.ValueEquals("item_reference"u8)
            : !item.TryGetProperty("role", out _) && !item.TryGetProperty("content", out _);
        return refers ? id.GetString() : null;
    }

    private static GatewayError? Replace(GatewayCall call, ChatBody body, string? previous, JsonElement? input, Dictionary<string, JsonElement> found)
    {
        var whole = new ArrayBufferWriter<byte>(body.Bytes.Length * 2);
        using (var json = new Utf8JsonWriter(whole, GatewayJson.Written))
        {
            json.WriteStartObject();
            using var root = JsonDocument.Parse(body.Bytes);
            foreach (var one in root.RootElement.EnumerateObject())
            {
                if (one.Name != "input" && (one.Name != "previous_response_id" || previous is null))
                {
                    one.WriteTo(json);
                }
            }

            json.WriteStartArray("input"u8);
            if (previous is not null)
            {
                WriteAll(json, found[previous].GetProperty("input"));
                WriteAll(json, found[previous].GetProperty("response").GetProperty("output"));
            }

            if (input is { ValueKind: JsonValueKind.String } words)
            {
                ConversationJson.WriteMessage(json, words);
            }
            else if (input is { ValueKind: JsonValueKind.Array } items)
            {
                foreach (var item in items.EnumerateArray())
                {
                    (Referred(item, found) ?? item).WriteTo(json);
                }
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        var rented = ArrayPool<byte>.Shared.Rent(whole.WrittenCount);
        whole.WrittenSpan.CopyTo(rented);
        var (complete, error) = call.Client.Scan(rented, whole.WrittenCount);
        if (complete is null)
        {
            ArrayPool<byte>.Shared.Return(rented);
            return error;
        }

        complete.PromptCaching = body.PromptCaching;
        complete.PreviousResponseId = previous ?? complete.PreviousResponseId;
        body.Dispose();
        call.Body = complete;
        return null;
    }

    private static JsonElement? Referred(JsonElement item, Dictionary<string, JsonElement> found)
    {
        if (ReferenceIn(item) is not { } id || ResponseIds.OfItem(id) is not { } answer || !found.TryGetValue(answer, out var conversation))
        {
            return null;
        }

        foreach (var known in conversation.GetProperty("response").GetProperty("output").EnumerateArray())
        {
            if (known.GetProperty("id").ValueEquals(id))
            {
                return known;
            }
        }

        return null;
    }

    private static void WriteAll(Utf8JsonWriter json, JsonElement items)
    {
        foreach (var item in items.EnumerateArray())
        {
            item.WriteTo(json);
        }
    }

    private static string Words(TimeSpan time) => time.TotalHours >= 1 ? $"{time.TotalHours:0.#} hours" : $"{time.TotalMinutes:0.#} minutes";
}
