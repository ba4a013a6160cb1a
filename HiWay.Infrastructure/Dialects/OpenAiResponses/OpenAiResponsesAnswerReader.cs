using System.Text.Json;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects.Json;
using HiWay.Infrastructure.Dialects.OpenAiChat;

namespace HiWay.Infrastructure.Dialects.OpenAiResponses;

/// <summary>Reads a whole response object, of an answer without a stream or of a stream's last event.</summary>
internal static class OpenAiResponsesAnswerReader
{
    public static void Read(ReadOnlySpan<byte> body, IAnswerSink sink)
    {
        var response = ResponsesHead.Read(body);
        if (response.Usage is { } owed && (response.IsFailed || response.Output.Length == 0))
        {
            sink.Usage(owed);
        }

        if (response.IsFailed)
        {
            sink.Failed(OpenAiErrors.Read(200, body));
            return;
        }

        if (response.Output.Length == 0)
        {
            throw new JsonException("Expected a response with output.");
        }

        sink.Started(response.Id, response.Model, response.Created);
        var calls = 0;
        var json = new Utf8JsonReader(response.Output);
        json.Read();
        while (json.Read() && json.TokenType is not JsonTokenType.EndArray)
        {
            ReadItem(JsonText.Value(ref json, response.Output), sink, ref calls);
        }

        if (response.Usage is { } usage)
        {
            sink.Usage(usage);
        }

        End(response, sink);
    }

    /// <summary>The end as both readers tell it.</summary>
    public static void End(in ResponsesHead response, IAnswerSink sink)
    {
        if (response.ServiceTier.Length > 0)
        {
            sink.Extra(0, ExtraKinds.ServiceTier, response.ServiceTier);
        }

        sink.Finished(0, response.Finish);
        sink.Ended();
    }

    private static void ReadItem(ReadOnlySpan<byte> value, IAnswerSink sink, ref int calls)
    {
        var item = ResponsesOutputItem.Read(value);
        if (item.Type.SequenceEqual("message"u8))
        {
            item.PassMessage(sink, texts: true, annotated: true, logprobs: true);
        }
        else if (item.Type.SequenceEqual("reasoning"u8))
        {
            item.PassState(sink, item.PassReasoning(sink));
        }
        else if (item.Type.SequenceEqual("function_call"u8))
        {
            sink.ToolCallStarted(0, calls, item.CallId, item.Name);
            sink.ToolCallArguments(0, calls, item.Arguments.Length > 0 ? item.Arguments : "{}"u8);
            calls++;
        }
        else if (item.Type.SequenceEqual("image_generation_call"u8))
        {
            item.PassPicture(sink);
        }
        else
        {
            item.PassOther(sink, value);
        }
    }
}

/// <summary>The members of a response object that say how it went.</summary>
internal readonly ref struct ResponsesHead
{
    public ReadOnlySpan<byte> Id { get; private init; }

    public ReadOnlySpan<byte> Model { get; private init; }

    public long? Created { get; private init; }

    /// <summary>The list of items; empty where there is none.</summary>
    public ReadOnlySpan<byte> Output { get; private init; }

    /// <summary>A JSON string; empty when not said.</summary>
    public ReadOnlySpan<byte> ServiceTier { get; private init; }

    public TokenUsage? Usage { get; private init; }

    /// <summary>The provider says that the answer broke, or was given up.</summary>
    public bool IsFailed { get; private init; }

    public FinishReason Finish { get; private init; }

    public static ResponsesHead Read(ReadOnlySpan<byte> body)
    {
        ReadOnlySpan<byte> id = default, model = default, output = default, tier = default, status = default, reason = default, toolUsage = default;
        var hasError = false;
        long? created = null;
        TokenUsage? usage = null;
        var json = new Utf8JsonReader(body);
        if (!json.Read() || json.TokenType is not JsonTokenType.StartObject)
        {
            throw new JsonException("Expected a response object.");
        }

        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var member = json.ValueSpan;
            json.Read();
            if (member.SequenceEqual("id"u8))
            {
                id = JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("model"u8))
            {
                model = JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("output"u8))
            {
                output = json.TokenType is JsonTokenType.StartArray ? JsonText.Value(ref json, body) : default;
                json.Skip();
            }
            else if (member.SequenceEqual("created_at"u8))
            {
                created = json.TokenType is JsonTokenType.Number && json.TryGetDouble(out var seconds) && seconds is > 0 and < 1e11 ? (long)seconds : null;
                json.Skip();
            }
            else if (member.SequenceEqual("status"u8))
            {
                status = JsonText.InsideOrEmpty(ref json);
            }
            else if (member.SequenceEqual("service_tier"u8))
            {
                tier = json.TokenType is JsonTokenType.String ? JsonText.Value(ref json, body) : default;
                json.Skip();
            }
            else if (member.SequenceEqual("usage"u8))
            {
                usage = OpenAiUsage.Read(ref json);
            }
            else if (member.SequenceEqual("tool_usage"u8))
            {
                toolUsage = json.TokenType is JsonTokenType.StartObject ? JsonText.Value(ref json, body) : default;
                json.Skip();
            }
            else if (member.SequenceEqual("error"u8))
            {
                hasError = json.TokenType is JsonTokenType.StartObject or JsonTokenType.String;
                json.Skip();
            }
            else if (member.SequenceEqual("incomplete_details"u8))
            {
                reason = Reason(ref json);
            }
            else
            {
                json.Skip();
            }
        }

        // The whole body must be JSON, whatever comes behind the object.
        while (json.Read())
        {
        }

        return new()
        {
            Id = id,
            Model = model,
            Created = created,
            Output = output,
            ServiceTier = tier,
            Usage = ResponsesUsage.WithSearches(usage, toolUsage, output) is { } used ? used with { Lane = ServiceLanes.Parse(tier.Trim((byte)'"')) } : null,
            IsFailed = hasError || status.SequenceEqual("failed"u8) || status.SequenceEqual("cancelled"u8),
            Finish = !status.SequenceEqual("incomplete"u8) ? FinishReason.Stop
                : reason.SequenceEqual("content_filter"u8) ? FinishReason.ContentFilter
                : FinishReason.Length,
        };
    }

    private static ReadOnlySpan<byte> Reason(scoped ref Utf8JsonReader json)
    {
        ReadOnlySpan<byte> reason = default;
        if (json.TokenType is not JsonTokenType.StartObject)
        {
            json.Skip();
            return reason;
        }

        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var isReason = json.ValueTextEquals("reason"u8);
            json.Read();
            reason = isReason ? JsonText.InsideOrEmpty(ref json) : reason;
            json.Skip();
        }

        return reason;
    }
}
