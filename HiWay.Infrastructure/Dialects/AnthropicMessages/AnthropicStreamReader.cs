using System.Text.Json;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.AnthropicMessages;

/// <summary>
/// The state machine of one stream: <c>message_start</c>, blocks with their deltas, <c>message_delta</c>, <c>message_stop</c>. The kind of an event is
/// taken from its data, not from the event field, because some relays lose the field.
/// </summary>
internal sealed class AnthropicStreamReader(IAnswerSink sink) : IUpstreamStreamReader
{
    /// <summary>A block per tool call is normal, thousands are not.</summary>
    private const int MaxBlocks = 4096;

    private readonly List<Block> _blocks = [];
    private AnthropicUsage _usage;
    private int _calls;
    private bool _started;
    private bool _finished;
    private bool _over;

    public void Read(ReadOnlySpan<byte> eventName, ReadOnlySpan<byte> data)
    {
        if (_over || data.Length == 0 || data.SequenceEqual("[DONE]"u8))
        {
            return;
        }

        JsonText.MustBeUtf8(data);
        try
        {
            ReadEvent(eventName, data);
        }
        catch (InvalidOperationException e)
        {
            throw JsonText.NoText(e);
        }
    }

    public void Closed()
    {
        // Only message_stop makes an answer whole.
    }

    private void ReadEvent(ReadOnlySpan<byte> eventName, ReadOnlySpan<byte> data)
    {
        var fields = Event.Read(data);
        var type = fields.Type.Length > 0 ? fields.Type : eventName;
        if (type.SequenceEqual("content_block_delta"u8))
        {
            ReadDelta(fields.Index, AnthropicBlock.Read(fields.Delta));
        }
        else if (type.SequenceEqual("content_block_start"u8))
        {
            StartBlock(fields.Index, fields.ContentBlock);
        }
        else if (type.SequenceEqual("content_block_stop"u8))
        {
            StopBlock(fields.Index);
        }
        else if (type.SequenceEqual("message_start"u8))
        {
            StartMessage(fields.Message);
        }
        else if (type.SequenceEqual("message_delta"u8))
        {
            if (!_finished)
            {
                AnthropicAnswerReader.PassObject(sink, ExtraKinds.ContextManagement, fields.ContextManagement);
            }

            ReadMessageDelta(fields.Delta, fields.Usage);
        }
        else if (type.SequenceEqual("message_stop"u8))
        {
            StopMessage();
        }
        else if (type.SequenceEqual("error"u8))
        {
            _over = true;
            sink.Failed(AnthropicErrors.Read(200, data));
        }
    }

    private void StartMessage(ReadOnlySpan<byte> message)
    {
        ReadOnlySpan<byte> id = default, model = default;
        var json = Object(message);
        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("id"u8))
            {
                json.Read();
                id = JsonText.InsideOrEmpty(ref json);
            }
            else if (json.ValueTextEquals("model"u8))
            {
                json.Read();
                model = JsonText.InsideOrEmpty(ref json);
            }
            else if (json.ValueTextEquals("usage"u8))
            {
                json.Read();
                _usage.Merge(ref json);
            }
            else
            {
                json.Skip();
            }
        }

        // Some servers send the event twice.
        if (!_started)
        {
            _started = true;
            sink.Started(id, model, null);
            AnthropicAnswerReader.PassTier(sink, _usage);
        }

        // Told at once, so that a stream that is cut later is still metered for its input.
        sink.Usage(_usage.Tokens);
    }

    private void StartBlock(int index, ReadOnlySpan<byte> contentBlock)
    {
        var fields = AnthropicBlock.Read(contentBlock);
        var block = At(index);
        block.Kind = AnthropicBlocks.KindOf(fields.Type, fields.Name);
        block.Open = true;
        switch (block.Kind)
        {
            case AnthropicBlocks.Kind.Text:
                sink.Text(0, fields.Text);
                break;
            case AnthropicBlocks.Kind.Thinking:
                sink.Reasoning(0, fields.Thinking);
                block.Signed = fields.Signature.Length > 0;
                if (block.Signed)
                {
                    sink.ReasoningSignature(0, SignatureFormats.Anthropic, fields.Signature);
                }

                break;
            case AnthropicBlocks.Kind.Tool:
                block.Call = _calls++;
                sink.ToolCallStarted(0, block.Call, fields.Id, fields.Name);
                block.Input = fields.Input.Length > 2 ? fields.Input.ToArray() : null;
                break;
            case AnthropicBlocks.Kind.JsonAnswer:
                block.Input = fields.Input.Length > 2 ? fields.Input.ToArray() : null;
                break;
            case AnthropicBlocks.Kind.Other when fields.Type.SequenceEqual("redacted_thinking"u8):
                sink.EncryptedReasoning(0, SignatureFormats.Anthropic, fields.Data);
                break;
            case AnthropicBlocks.Kind.Other:
                sink.Extra(0, ExtraKinds.ServerTool, contentBlock);
                break;
        }
    }

    private void ReadDelta(int index, in AnthropicBlock delta)
    {
        var block = At(index);
        if (delta.Type.SequenceEqual("text_delta"u8))
        {
            sink.Text(0, delta.Text);
        }
        else if (delta.Type.SequenceEqual("thinking_delta"u8))
        {
            sink.Reasoning(0, delta.Thinking);
        }
        else if (delta.Type.SequenceEqual("input_json_delta"u8))
        {
            block.HasDeltas |= delta.PartialJson.Length > 0;
            if (block.Kind is AnthropicBlocks.Kind.Tool)
            {
                sink.ToolCallArguments(0, block.Call, delta.PartialJson);
            }
            else if (block.Kind is AnthropicBlocks.Kind.JsonAnswer)
            {
                sink.Text(0, delta.PartialJson);
            }
        }
        else if (delta.Type.SequenceEqual("signature_delta"u8))
        {
            if (!block.Signed && delta.Signature.Length > 0)
            {
                block.Signed = true;
                sink.ReasoningSignature(0, SignatureFormats.Anthropic, delta.Signature);
            }
        }
        else if (delta.Type.SequenceEqual("citations_delta"u8) && delta.Citation.Length > 0)
        {
            AnthropicBlocks.PassCitation(sink, delta.Citation);
        }
    }

    /// <summary>A call without arguments streams none; other dialects want an object all the same.</summary>
    private void StopBlock(int index)
    {
        var block = At(index);
        if (!block.Open)
        {
            return;
        }

        block.Open = false;
        if (block.HasDeltas)
        {
            return;
        }

        if (block.Kind is AnthropicBlocks.Kind.Tool)
        {
            AnthropicBlocks.PassInput(sink, block.Call, block.Input ?? "{}"u8);
        }
        else if (block.Kind is AnthropicBlocks.Kind.JsonAnswer)
        {
            AnthropicBlocks.PassAnswer(sink, block.Input ?? "{}"u8);
        }
    }

    private void ReadMessageDelta(ReadOnlySpan<byte> delta, ReadOnlySpan<byte> usage)
    {
        if (usage.Length > 0)
        {
            var json = new Utf8JsonReader(usage);
            json.Read();
            _usage.Merge(ref json);
            sink.Usage(_usage.Tokens);
        }

        ReadOnlySpan<byte> stopReason = default, stopSequence = default, stopDetails = default, container = default;
        var fields = Object(delta);
        while (fields.Read() && fields.TokenType is JsonTokenType.PropertyName)
        {
            if (fields.ValueTextEquals("stop_reason"u8))
            {
                fields.Read();
                stopReason = JsonText.InsideOrEmpty(ref fields);
            }
            else if (fields.ValueTextEquals("stop_sequence"u8))
            {
                fields.Read();
                stopSequence = fields.TokenType is JsonTokenType.String ? JsonText.Value(ref fields, delta) : default;
            }
            else if (fields.ValueTextEquals("stop_details"u8))
            {
                fields.Read();
                stopDetails = JsonText.Value(ref fields, delta);
            }
            else if (fields.ValueTextEquals("container"u8))
            {
                fields.Read();
                container = JsonText.Value(ref fields, delta);
            }
            else
            {
                fields.Skip();
            }
        }

        if (!_finished)
        {
            AnthropicAnswerReader.PassObject(sink, ExtraKinds.Container, container);
        }

        if (stopReason.Length > 0 && !_finished)
        {
            CloseBlocks();
            _finished = true;
            AnthropicAnswerReader.Finish(sink, stopReason, stopSequence, stopDetails);
        }
    }

    private void StopMessage()
    {
        CloseBlocks();
        if (!_finished)
        {
            _finished = true;
            sink.Finished(0, FinishReason.Stop);
        }

        _over = true;
        sink.Ended();
    }

    private void CloseBlocks()
    {
        for (var i = 0; i < _blocks.Count; i++)
        {
            StopBlock(i);
        }
    }

    private Block At(int index)
    {
        if (index is < 0 or >= MaxBlocks)
        {
            throw new JsonException($"The block index {index} is out of range.");
        }

        while (_blocks.Count <= index)
        {
            _blocks.Add(new());
        }

        return _blocks[index];
    }

    private static Utf8JsonReader Object(ReadOnlySpan<byte> value)
    {
        var json = new Utf8JsonReader(value);
        return value.Length > 0 && json.Read() && json.TokenType is JsonTokenType.StartObject
            ? json
            : throw new JsonException("Expected an object.");
    }

    private sealed class Block
    {
        public AnthropicBlocks.Kind Kind { get; set; }

        public int Call { get; set; }

        public bool Open { get; set; }

        public bool HasDeltas { get; set; }

        public bool Signed { get; set; }

        /// <summary>Arguments that came whole with the block's start; relays of other APIs do so.</summary>
        public byte[]? Input { get; set; }
    }

    /// <summary>The members of one event, as spans of it.</summary>
    private readonly ref struct Event
    {
        public ReadOnlySpan<byte> Type { get; private init; }

        public int Index { get; private init; }

        public ReadOnlySpan<byte> Delta { get; private init; }

        public ReadOnlySpan<byte> ContentBlock { get; private init; }

        public ReadOnlySpan<byte> Message { get; private init; }

        public ReadOnlySpan<byte> Usage { get; private init; }

        public ReadOnlySpan<byte> ContextManagement { get; private init; }

        public static Event Read(ReadOnlySpan<byte> data)
        {
            ReadOnlySpan<byte> type = default, delta = default, block = default, message = default, usage = default, contextManagement = default;
            var index = 0;
            var json = Object(data);
            while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
            {
                var member = json.ValueSpan;
                json.Read();
                if (member.SequenceEqual("type"u8))
                {
                    type = JsonText.InsideOrEmpty(ref json);
                }
                else if (member.SequenceEqual("index"u8))
                {
                    index = json.TokenType is JsonTokenType.Number && json.TryGetInt32(out var number) ? number : 0;
                }
                else if (member.SequenceEqual("delta"u8))
                {
                    delta = JsonText.Value(ref json, data);
                }
                else if (member.SequenceEqual("content_block"u8))
                {
                    block = JsonText.Value(ref json, data);
                }
                else if (member.SequenceEqual("message"u8))
                {
                    message = JsonText.Value(ref json, data);
                }
                else if (member.SequenceEqual("usage"u8))
                {
                    usage = JsonText.Value(ref json, data);
                }
                else if (member.SequenceEqual("context_management"u8))
                {
                    contextManagement = JsonText.Value(ref json, data);
                }
                else
                {
                    json.Skip();
                }
            }

            return new() { Type = type, Index = index, Delta = delta, ContentBlock = block, Message = message, Usage = usage, ContextManagement = contextManagement };
        }
    }
}
