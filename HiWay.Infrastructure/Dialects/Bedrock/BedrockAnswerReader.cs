using System.Text.Json;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.Bedrock;

/// <summary>Reads a whole answer of Converse.</summary>
internal static class BedrockAnswerReader
{
    public static void Read(ReadOnlySpan<byte> body, IAnswerSink sink)
    {
        ReadOnlySpan<byte> output = default, stop = default, usage = default, tier = default, fields = default;
        var members = new JsonMembers(body);
        while (members.Next())
        {
            if (members.Is("output"u8))
            {
                output = members.Nested;
            }
            else if (members.Is("stopReason"u8))
            {
                stop = members.Text;
            }
            else if (members.Is("usage"u8))
            {
                usage = members.Nested;
            }
            else if (members.Is("serviceTier"u8))
            {
                tier = members.Nested;
            }
            else if (members.Is("additionalModelResponseFields"u8))
            {
                fields = members.Nested;
            }
        }

        var message = JsonMembers.Find(output, "message"u8);
        if (message.Length == 0 || message[0] != (byte)'{')
        {
            throw new JsonException("Expected an answer with output.message.");
        }

        sink.Started(default, default, null);
        if (usage.Length > 0)
        {
            sink.Usage(BedrockUsage.Read(usage));
        }

        if (BedrockBlocks.Finish(stop) is not { } finish)
        {
            sink.Failed(BedrockBlocks.Broken(stop));
            return;
        }

        PassTier(tier, sink);
        PassFields(fields, stop, sink);
        var calls = 0;
        var blocks = new JsonObjects(JsonMembers.Find(message, "content"u8));
        while (blocks.Next())
        {
            ReadBlock(blocks.Value, sink, ref calls);
        }

        sink.Finished(0, finish);
        sink.Ended();
    }

    public static void PassTier(ReadOnlySpan<byte> tier, IAnswerSink sink)
    {
        if (JsonMembers.FindText(tier, "type"u8) is { Length: > 0 } type)
        {
            sink.Extra(0, ExtraKinds.ServiceTier, [(byte)'"', .. type, (byte)'"']);
        }
    }

    /// <summary>What a model said that Converse has no field for: the sequence that stopped Claude, and what else the caller asked for.</summary>
    /// <param name="stopReason">Other models than Claude say only that some sequence stopped them.</param>
    public static void PassFields(ReadOnlySpan<byte> fields, ReadOnlySpan<byte> stopReason, IAnswerSink sink)
    {
        if (stopReason.SequenceEqual("stop_sequence"u8))
        {
            sink.Extra(0, ExtraKinds.StopSequence, "null"u8);
        }

        if (fields.Length == 0 || fields[0] != (byte)'{')
        {
            return;
        }

        var others = false;
        var members = new JsonMembers(fields);
        while (members.Next())
        {
            if (!members.Is("stop_sequence"u8))
            {
                others = true;
            }
            else if (members.Text.Length > 0)
            {
                sink.Extra(0, ExtraKinds.StopSequence, members.Value);
            }
        }

        if (others)
        {
            sink.Extra(0, ExtraKinds.ModelFields, fields);
        }
    }

    private static void ReadBlock(ReadOnlySpan<byte> block, IAnswerSink sink, ref int calls)
    {
        var members = new JsonMembers(block);
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
                ReadCall(members.Value, sink, ref calls);
            }
            else if (members.Is("reasoningContent"u8))
            {
                BedrockBlocks.ReadReasoning(members.Value, sink);
            }
            else if (members.Is("citationsContent"u8))
            {
                ReadCited(members.Value, sink);
            }
            else if (members.Is("image"u8))
            {
                BedrockBlocks.PassImage(members.Value, sink);
            }
            else
            {
                sink.Extra(0, ExtraKinds.ServerTool, block);
            }
        }
    }

    private static void ReadCall(ReadOnlySpan<byte> toolUse, IAnswerSink sink, ref int calls)
    {
        ReadOnlySpan<byte> id = default, name = default, input = default, type = default;
        var members = new JsonMembers(toolUse);
        while (members.Next())
        {
            if (members.Is("toolUseId"u8))
            {
                id = members.Text;
            }
            else if (members.Is("name"u8))
            {
                name = members.Text;
            }
            else if (members.Is("input"u8))
            {
                input = members.Nested;
            }
            else if (members.Is("type"u8))
            {
                type = members.Text;
            }
        }

        if (type.SequenceEqual("server_tool_use"u8))
        {
            sink.Extra(0, ExtraKinds.ServerTool, toolUse);   // run by the provider, not for the client to run again
        }
        else if (name.SequenceEqual("hiway_json_answer"u8))
        {
            sink.Text(0, ToolArguments.AsText(input));
        }
        else
        {
            sink.ToolCallStarted(0, calls, id, name);
            sink.ToolCallArguments(0, calls++, ToolArguments.AsText(input));
        }
    }

    private static void ReadCited(ReadOnlySpan<byte> cited, IAnswerSink sink)
    {
        var pieces = new JsonObjects(JsonMembers.Find(cited, "content"u8));
        while (pieces.Next())
        {
            sink.Text(0, JsonMembers.FindText(pieces.Value, "text"u8));
        }

        var citations = new JsonObjects(JsonMembers.Find(cited, "citations"u8));
        while (citations.Next())
        {
            BedrockBlocks.PassCitation(citations.Value, sink);
        }
    }
}
