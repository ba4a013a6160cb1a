using System.Text.Json;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.Bedrock;

/// <summary>
/// The state machine of one stream: <c>messageStart</c>, deltas of numbered blocks (text and reasoning begin without a start), <c>messageStop</c> with the
/// reason, <c>metadata</c> with usage. Events carry padding (<c>p</c>) of changing length, which means nothing.
/// </summary>
internal sealed class BedrockStreamReader(IAnswerSink sink) : IUpstreamStreamReader
{
    private const int MaxBlocks = 4096;

    private readonly Dictionary<long, Call> _calls = [];
    private bool _started;
    private FinishReason? _finish;
    private bool _over;

    public void Read(ReadOnlySpan<byte> eventName, ReadOnlySpan<byte> data)
    {
        if (_over)
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

    /// <summary>The reason to stop has come and only the usage has not: nothing of the answer is missing.</summary>
    public void Closed()
    {
        if (_finish is not null && !_over)
        {
            End();
        }
    }

    private void ReadEvent(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        if (name.EndsWith("Exception"u8) || name.SequenceEqual("error"u8))
        {
            Fail(BedrockErrors.InStream(name, data));
            return;
        }

        if (!_started)
        {
            _started = true;
            sink.Started(default, default, null);
        }

        if (name.SequenceEqual("contentBlockDelta"u8))
        {
            var delta = Split(data, "delta"u8, out var index);
            ReadDelta(index, delta);
        }
        else if (name.SequenceEqual("contentBlockStart"u8))
        {
            var start = Split(data, "start"u8, out var index);
            StartBlock(index, start);
        }
        else if (name.SequenceEqual("contentBlockStop"u8))
        {
            _ = Split(data, default, out var index);
            StopCall(index);
        }
        else if (name.SequenceEqual("messageStop"u8))
        {
            if (_finish is null)
            {
                BedrockAnswerReader.PassFields(JsonMembers.Find(data, "additionalModelResponseFields"u8), JsonMembers.FindText(data, "stopReason"u8), sink);
            }

            Stop(JsonMembers.FindText(data, "stopReason"u8));
        }
        else if (name.SequenceEqual("metadata"u8))
        {
            ReadMetadata(data);
        }
    }

    private void StartBlock(long index, ReadOnlySpan<byte> start)
    {
        if (JsonMembers.Find(start, "toolUse"u8) is not { Length: > 0 } toolUse)
        {
            if (start.Length > 2)
            {
                sink.Extra(0, ExtraKinds.ServerTool, start);
            }

            return;
        }

        if (_calls.Count == MaxBlocks)
        {
            throw new JsonException("The answer holds too many tool calls.");
        }

        var name = JsonMembers.FindText(toolUse, "name"u8);
        var call = new Call
        {
            IsServers = JsonMembers.FindText(toolUse, "type"u8).SequenceEqual("server_tool_use"u8),
            IsAnswer = name.SequenceEqual("hiway_json_answer"u8),
            Number = _calls.Values.Count(one => one.IsClients),
        };
        _calls[index] = call;
        if (call.IsServers)
        {
            sink.Extra(0, ExtraKinds.ServerTool, toolUse);
        }
        else if (call.IsClients)
        {
            var id = JsonMembers.FindText(toolUse, "toolUseId"u8);
            sink.ToolCallStarted(0, call.Number, id, name);
        }
    }

    private void ReadDelta(long index, ReadOnlySpan<byte> delta)
    {
        if (delta.Length == 0)
        {
            return;
        }

        var members = new JsonMembers(delta);
        while (members.Next())
        {
            if (members.Is("text"u8))
            {
                sink.Text(0, members.Text);
            }
            else if (members.Nested.Length == 0)
            {
                continue;
            }
            else if (members.Is("toolUse"u8))
            {
                ReadInput(index, JsonMembers.FindText(members.Value, "input"u8));
            }
            else if (members.Is("reasoningContent"u8))
            {
                BedrockBlocks.ReadReasoning(members.Value, sink);
            }
            else if (members.Is("citation"u8))
            {
                BedrockBlocks.PassCitation(members.Value, sink);
            }
            else if (members.Is("image"u8))
            {
                BedrockBlocks.PassImage(members.Value, sink);
            }
        }
    }

    private void ReadInput(long index, ReadOnlySpan<byte> input)
    {
        if (!_calls.TryGetValue(index, out var call) || call.IsServers)
        {
            return;
        }

        call.HasInput |= input.Length > 0;
        if (call.IsAnswer)
        {
            sink.Text(0, input);
        }
        else
        {
            sink.ToolCallArguments(0, call.Number, input);
        }
    }

    /// <summary>A call without arguments streams none; other dialects want an object all the same.</summary>
    private void StopCall(long index)
    {
        if (_calls.TryGetValue(index, out var call) && !call.HasInput && !call.IsServers)
        {
            ReadInput(index, "{}"u8);
        }
    }

    private void Stop(ReadOnlySpan<byte> reason)
    {
        if (_finish is not null)
        {
            return;
        }

        foreach (var index in _calls.Keys)
        {
            StopCall(index);
        }

        _finish = BedrockBlocks.Finish(reason);
        if (_finish is null)
        {
            Fail(BedrockBlocks.Broken(reason));
        }
    }

    private void ReadMetadata(ReadOnlySpan<byte> data)
    {
        if (JsonMembers.Find(data, "usage"u8) is { Length: > 0 } usage)
        {
            sink.Usage(BedrockUsage.Read(usage));
        }

        if (_finish is not null)
        {
            BedrockAnswerReader.PassTier(JsonMembers.Find(data, "serviceTier"u8), sink);
            End();
        }
    }

    private void End()
    {
        _over = true;
        sink.Finished(0, _finish!.Value);
        sink.Ended();
    }

    private void Fail(UpstreamError error)
    {
        _over = true;
        sink.Failed(error);
    }

    private static ReadOnlySpan<byte> Split(ReadOnlySpan<byte> data, ReadOnlySpan<byte> name, out long index)
    {
        ReadOnlySpan<byte> found = default;
        index = 0;
        var members = new JsonMembers(data);
        while (members.Next())
        {
            if (members.Is("contentBlockIndex"u8))
            {
                index = members.Count;
            }
            else if (name.Length > 0 && members.Is(name))
            {
                found = members.Nested;
            }
        }

        return found;
    }

    private sealed class Call
    {
        /// <summary>Ours, from 0.</summary>
        public int Number { get; init; }

        /// <summary>A tool that the provider runs itself.</summary>
        public bool IsServers { get; init; }

        /// <summary>The tool that stands for structured output; its input is the answer's text.</summary>
        public bool IsAnswer { get; init; }

        public bool IsClients => !IsServers && !IsAnswer;

        public bool HasInput { get; set; }
    }
}
