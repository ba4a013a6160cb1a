using System.Text.Json;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.Cohere;

/// <summary>
/// The state machine of one stream: <c>message-start</c>, then content, a tool plan, tool calls and citations, each between a start and an end,
/// then <c>message-end</c> with reason and usage.
/// </summary>
internal sealed class CohereStreamReader(IAnswerSink sink) : IUpstreamStreamReader
{
    private const int MaxCalls = 1024;

    private readonly List<Call> _calls = [];
    private byte[] _id = [];
    private bool _started;
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
        // Only message-end makes an answer whole.
    }

    private void ReadEvent(ReadOnlySpan<byte> eventName, ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<byte> type = default, id = default, delta = default, logprobs = default, words = default;
        var index = 0L;
        var members = new JsonMembers(data);
        while (members.Next())
        {
            if (members.Is("type"u8))
            {
                type = members.Text;
            }
            else if (members.Is("id"u8))
            {
                id = members.Text;
            }
            else if (members.Is("index"u8))
            {
                index = members.Count;
            }
            else if (members.Is("delta"u8))
            {
                delta = members.Nested;
            }
            else if (members.Is("logprobs"u8))
            {
                logprobs = members.Nested;
            }
            else if (members.Is("message"u8))
            {
                words = members.Text;
            }
        }

        type = type.Length > 0 ? type : eventName;
        if (type.Length == 0 && words.Length > 0)
        {
            Fail(CohereErrors.Read(502, data));
            return;
        }

        Start(id);
        if (type.SequenceEqual("message-end"u8))
        {
            ReadEnd(delta);
        }
        else if (type.SequenceEqual("citation-start"u8))
        {
            PassCitation(delta);
        }
        else if (delta.Length > 0)
        {
            ReadDelta(type, index, delta);
            CohereParts.PassLogprobs(sink, logprobs);
        }
    }

    private void Start(ReadOnlySpan<byte> id)
    {
        if (!_started)
        {
            _started = true;
            _id = id.ToArray();
            sink.Started(id, default, null);
        }
    }

    private void ReadDelta(ReadOnlySpan<byte> type, long index, ReadOnlySpan<byte> delta)
    {
        var members = new JsonMembers(MessageOf(delta));
        while (members.Next())
        {
            if (members.Is("content"u8) && members.Kind is JsonTokenType.StartObject)
            {
                CohereAnswerReader.ReadPart(members.Value, sink);
            }
            else if (members.Is("tool_plan"u8))
            {
                sink.Reasoning(0, members.Text);
            }
            else if (members.Is("tool_calls"u8) && members.Kind is JsonTokenType.StartObject)
            {
                ReadCall(index, CohereCall.Read(members.Value), starts: type.SequenceEqual("tool-call-start"u8));
            }
        }
    }

    private void ReadCall(long index, in CohereCall piece, bool starts)
    {
        var number = _calls.FindIndex(call => call.Index == index);
        if (number < 0 || starts)
        {
            if (_calls.Count == MaxCalls)
            {
                throw new JsonException("The answer holds too many tool calls.");
            }

            number = _calls.Count;
            _calls.Add(new() { Index = index });
            sink.ToolCallStarted(0, number, piece.Id.Length > 0 ? piece.Id : CallIds.Make(_id, 0, number), piece.Name);
        }

        _calls[number].HasArguments |= piece.Arguments.Length > 0;
        sink.ToolCallArguments(0, number, piece.Arguments);
    }

    private void PassCitation(ReadOnlySpan<byte> delta)
    {
        var members = new JsonMembers(MessageOf(delta));
        while (members.Next())
        {
            if (members.Is("citations"u8) && members.Kind is JsonTokenType.StartObject)
            {
                sink.Extra(0, ExtraKinds.Citation, members.Value);
            }
        }
    }

    private void ReadEnd(ReadOnlySpan<byte> delta)
    {
        ReadOnlySpan<byte> finish = default, usage = default, error = default;
        var members = new JsonMembers(delta);
        while (members.Next())
        {
            if (members.Is("finish_reason"u8))
            {
                finish = members.Text;
            }
            else if (members.Is("usage"u8))
            {
                usage = members.Nested;
            }
            else if (members.Is("error"u8))
            {
                error = members.Text;
            }
        }

        if (usage.Length > 0)
        {
            sink.Usage(CohereParts.Usage(usage));
        }

        if (CohereParts.IsFailure(finish) || error.Length > 0)
        {
            Fail(CohereErrors.Broken(finish, error));
            return;
        }

        _over = true;
        for (var call = 0; call < _calls.Count; call++)
        {
            if (!_calls[call].HasArguments)
            {
                sink.ToolCallArguments(0, call, "{}"u8);
            }
        }

        CohereParts.PassFinish(sink, finish);
        sink.Ended();
    }

    private void Fail(UpstreamError error)
    {
        _over = true;
        sink.Failed(error);
    }

    private static ReadOnlySpan<byte> MessageOf(ReadOnlySpan<byte> delta)
    {
        var members = new JsonMembers(delta);
        while (members.Next())
        {
            if (members.Is("message"u8) && members.Kind is JsonTokenType.StartObject)
            {
                return members.Value;
            }
        }

        return "{}"u8;
    }

    private sealed class Call
    {
        /// <summary>The upstream's number of it.</summary>
        public long Index { get; init; }

        public bool HasArguments { get; set; }
    }
}
