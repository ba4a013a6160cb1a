using System.Text.Json;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.AnthropicMessages;

/// <summary>Reads a whole message object.</summary>
internal static class AnthropicAnswerReader
{
    public static void Read(ReadOnlySpan<byte> body, IAnswerSink sink)
    {
        ReadOnlySpan<byte> type = default, id = default, model = default, content = default, stopReason = default, stopSequence = default, stopDetails = default;
        ReadOnlySpan<byte> error = default, container = default, contextManagement = default;
        var usage = default(AnthropicUsage);
        var usageSeen = false;
        var json = new Utf8JsonReader(body);
        if (!json.Read() || json.TokenType is not JsonTokenType.StartObject)
        {
            throw new JsonException("Expected a message object.");
        }

        // Members come in any order, and what the sink must hear first may be last.
        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("type"u8))
            {
                json.Read();
                type = JsonText.InsideOrEmpty(ref json);
            }
            else if (json.ValueTextEquals("id"u8))
            {
                json.Read();
                id = JsonText.InsideOrEmpty(ref json);
            }
            else if (json.ValueTextEquals("model"u8))
            {
                json.Read();
                model = JsonText.InsideOrEmpty(ref json);
            }
            else if (json.ValueTextEquals("content"u8))
            {
                json.Read();
                content = JsonText.Value(ref json, body);
            }
            else if (json.ValueTextEquals("stop_reason"u8))
            {
                json.Read();
                stopReason = JsonText.InsideOrEmpty(ref json);
            }
            else if (json.ValueTextEquals("stop_sequence"u8))
            {
                json.Read();
                stopSequence = json.TokenType is JsonTokenType.String ? JsonText.Value(ref json, body) : default;
            }
            else if (json.ValueTextEquals("stop_details"u8))
            {
                json.Read();
                stopDetails = JsonText.Value(ref json, body);
            }
            else if (json.ValueTextEquals("container"u8))
            {
                json.Read();
                container = JsonText.Value(ref json, body);
            }
            else if (json.ValueTextEquals("context_management"u8))
            {
                json.Read();
                contextManagement = JsonText.Value(ref json, body);
            }
            else if (json.ValueTextEquals("error"u8))
            {
                json.Read();
                error = JsonText.Value(ref json, body);
            }
            else if (json.ValueTextEquals("usage"u8))
            {
                json.Read();
                usageSeen = json.TokenType is JsonTokenType.StartObject;
                usage.Merge(ref json);
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

        if (error.Length > 0 && content.Length == 0)
        {
            sink.Failed(AnthropicErrors.Read(200, body));
            return;
        }

        if (content.Length == 0 || (type.Length > 0 && !type.SequenceEqual("message"u8)))
        {
            throw new JsonException("Expected a message with content.");
        }

        sink.Started(id, model, null);
        ReadContent(content, sink);
        if (usageSeen)
        {
            sink.Usage(usage.Tokens);
            PassTier(sink, usage);
        }

        PassObject(sink, ExtraKinds.Container, container);
        PassObject(sink, ExtraKinds.ContextManagement, contextManagement);
        Finish(sink, stopReason, stopSequence, stopDetails);
        sink.Ended();
    }

    public static void PassTier(IAnswerSink sink, in AnthropicUsage usage)
    {
        if (usage.ServiceTier is { IsEmpty: false } tier)
        {
            sink.Extra(0, ExtraKinds.ServiceTier, tier);
        }
    }

    /// <summary>Hands on a member that is an object and not an empty one.</summary>
    public static void PassObject(IAnswerSink sink, string kind, ReadOnlySpan<byte> value)
    {
        if (value.Length > 2 && value[0] == (byte)'{')
        {
            sink.Extra(0, kind, value);
        }
    }

    /// <summary>The end as both readers tell it.</summary>
    public static void Finish(IAnswerSink sink, ReadOnlySpan<byte> stopReason, ReadOnlySpan<byte> stopSequence, ReadOnlySpan<byte> stopDetails)
    {
        if (stopSequence.Length > 0)
        {
            sink.Extra(0, ExtraKinds.StopSequence, stopSequence);
        }

        var finish = AnthropicBlocks.Finish(stopReason);
        if (finish is FinishReason.Refusal && Member(stopDetails, "explanation"u8) is { Length: > 0 } explanation)
        {
            sink.Refusal(0, explanation);
        }

        sink.Finished(0, finish);
    }

    private static void ReadContent(ReadOnlySpan<byte> content, IAnswerSink sink)
    {
        var json = new Utf8JsonReader(content);
        json.Read();
        if (json.TokenType is not JsonTokenType.StartArray)
        {
            throw new JsonException("Expected a list of content blocks.");
        }

        var calls = 0;
        while (json.Read() && json.TokenType is not JsonTokenType.EndArray)
        {
            ReadBlock(JsonText.Value(ref json, content), sink, ref calls);
        }
    }

    private static void ReadBlock(ReadOnlySpan<byte> block, IAnswerSink sink, ref int calls)
    {
        var fields = AnthropicBlock.Read(block);
        if (fields.Type.SequenceEqual("redacted_thinking"u8))
        {
            sink.EncryptedReasoning(0, SignatureFormats.Anthropic, fields.Data);
            return;
        }

        switch (AnthropicBlocks.KindOf(fields.Type, fields.Name))
        {
            case AnthropicBlocks.Kind.Text:
                sink.Text(0, fields.Text);
                ReadCitations(fields.Citations, sink);
                break;
            case AnthropicBlocks.Kind.Thinking:
                sink.Reasoning(0, fields.Thinking);
                if (fields.Signature.Length > 0)
                {
                    sink.ReasoningSignature(0, SignatureFormats.Anthropic, fields.Signature);
                }

                break;
            case AnthropicBlocks.Kind.Tool:
                sink.ToolCallStarted(0, calls, fields.Id, fields.Name);
                AnthropicBlocks.PassInput(sink, calls, fields.Input.Length > 0 ? fields.Input : "{}"u8);
                calls++;
                break;
            case AnthropicBlocks.Kind.JsonAnswer:
                AnthropicBlocks.PassAnswer(sink, fields.Input.Length > 0 ? fields.Input : "{}"u8);
                break;
            case AnthropicBlocks.Kind.Other:
                sink.Extra(0, ExtraKinds.ServerTool, block);
                break;
        }
    }

    private static void ReadCitations(ReadOnlySpan<byte> citations, IAnswerSink sink)
    {
        if (citations.Length == 0)
        {
            return;
        }

        var json = new Utf8JsonReader(citations);
        json.Read();
        if (json.TokenType is not JsonTokenType.StartArray)
        {
            return;
        }

        while (json.Read() && json.TokenType is JsonTokenType.StartObject)
        {
            AnthropicBlocks.PassCitation(sink, JsonText.Value(ref json, citations));
        }
    }

    /// <summary>The inside of one text member of an object; empty when it has none.</summary>
    private static ReadOnlySpan<byte> Member(ReadOnlySpan<byte> value, ReadOnlySpan<byte> name)
    {
        var json = new Utf8JsonReader(value);
        if (value.Length == 0 || !json.Read() || json.TokenType is not JsonTokenType.StartObject)
        {
            return default;
        }

        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var found = json.ValueTextEquals(name);
            json.Read();
            if (found)
            {
                return JsonText.InsideOrEmpty(ref json);
            }

            json.Skip();
        }

        return default;
    }
}
