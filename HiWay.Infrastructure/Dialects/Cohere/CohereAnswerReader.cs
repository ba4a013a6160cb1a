using System.Text.Json;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.Cohere;

/// <summary>Reads a whole answer of <c>/v2/chat</c>.</summary>
internal static class CohereAnswerReader
{
    public static void Read(ReadOnlySpan<byte> body, IAnswerSink sink)
    {
        ReadOnlySpan<byte> id = default, message = default, finish = default, usage = default, logprobs = default, error = default;
        var members = new JsonMembers(body);
        while (members.Next())
        {
            if (members.Is("id"u8))
            {
                id = members.Text;
            }
            else if (members.Is("message"u8))
            {
                message = members.Nested;
            }
            else if (members.Is("finish_reason"u8))
            {
                finish = members.Text;
            }
            else if (members.Is("usage"u8))
            {
                usage = members.Nested;
            }
            else if (members.Is("logprobs"u8))
            {
                logprobs = members.Nested;
            }
            else if (members.Is("error"u8))
            {
                error = members.Text;
            }
        }

        if (message.Length == 0 || message[0] != (byte)'{')
        {
            throw new JsonException("Expected an answer with a message.");
        }

        sink.Started(id, default, null);
        if (usage.Length > 0)
        {
            sink.Usage(CohereParts.Usage(usage));
        }

        if (CohereParts.IsFailure(finish))
        {
            sink.Failed(CohereErrors.Broken(finish, error));
            return;
        }

        ReadMessage(message, sink, id);
        CohereParts.PassLogprobs(sink, logprobs);
        CohereParts.PassFinish(sink, finish);
        sink.Ended();
    }

    private static void ReadMessage(ReadOnlySpan<byte> message, IAnswerSink sink, ReadOnlySpan<byte> answerId)
    {
        ReadOnlySpan<byte> content = default, plan = default, calls = default, citations = default;
        var members = new JsonMembers(message);
        while (members.Next())
        {
            if (members.Is("content"u8))
            {
                content = members.Kind is JsonTokenType.String ? members.Value : members.Nested;
            }
            else if (members.Is("tool_plan"u8))
            {
                plan = members.Text;
            }
            else if (members.Is("tool_calls"u8))
            {
                calls = members.Nested;
            }
            else if (members.Is("citations"u8))
            {
                citations = members.Nested;
            }
        }

        // "A chain-of-thought style reflection and plan" (docs.cohere.com): thinking, whatever the member is called.
        sink.Reasoning(0, plan);
        if (content.Length > 0 && content[0] == (byte)'"')
        {
            sink.Text(0, content[1..^1]);
        }

        var parts = new JsonObjects(content);
        while (parts.Next())
        {
            ReadPart(parts.Value, sink);
        }

        var entries = new JsonObjects(calls);
        for (var call = 0; entries.Next(); call++)
        {
            var entry = CohereCall.Read(entries.Value);
            sink.ToolCallStarted(0, call, entry.Id.Length > 0 ? entry.Id : CallIds.Make(answerId, 0, call), entry.Name);
            sink.ToolCallArguments(0, call, entry.Arguments.Length > 0 ? entry.Arguments : "{}"u8);
        }

        var sources = new JsonObjects(citations);
        while (sources.Next())
        {
            sink.Extra(0, ExtraKinds.Citation, sources.Value);
        }
    }

    /// <summary>A piece of content, or of one: text or thinking.</summary>
    public static void ReadPart(ReadOnlySpan<byte> part, IAnswerSink sink)
    {
        var members = new JsonMembers(part);
        while (members.Next())
        {
            if (members.Is("text"u8))
            {
                sink.Text(0, members.Text);
            }
            else if (members.Is("thinking"u8))
            {
                sink.Reasoning(0, members.Text);
            }
        }
    }
}

/// <summary>A tool call, or a piece of one, as spans of it.</summary>
internal readonly ref struct CohereCall
{
    public ReadOnlySpan<byte> Id { get; private init; }

    public ReadOnlySpan<byte> Name { get; private init; }

    public ReadOnlySpan<byte> Arguments { get; private init; }

    public static CohereCall Read(ReadOnlySpan<byte> call)
    {
        ReadOnlySpan<byte> id = default, function = default, name = default, arguments = default;
        var members = new JsonMembers(call);
        while (members.Next())
        {
            if (members.Is("id"u8))
            {
                id = members.Text;
            }
            else if (members.Is("function"u8))
            {
                function = members.Nested;
            }
        }

        if (function.Length > 0)
        {
            var inner = new JsonMembers(function);
            while (inner.Next())
            {
                if (inner.Is("name"u8))
                {
                    name = inner.Text;
                }
                else if (inner.Is("arguments"u8))
                {
                    arguments = inner.Text;
                }
            }
        }

        return new() { Id = id, Name = name, Arguments = arguments };
    }
}
