using System.Text.Json;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects.Json;
using HiWay.Infrastructure.Dialects.OpenAiChat;

namespace HiWay.Infrastructure.Dialects.Ollama;

/// <summary>Reads the objects of <c>/api/chat</c>: in a stream one a line, each with a piece of the message; a whole answer is one with everything and <c>done</c>.</summary>
internal sealed class OllamaAnswerReader(IAnswerSink sink) : IUpstreamStreamReader
{
    private bool _started;
    private bool _over;
    private int _calls;

    /// <exception cref="JsonException">What was read is no whole answer.</exception>
    public void MustBeWhole()
    {
        if (!_over)
        {
            throw new JsonException("Expected an answer that is done.");
        }
    }

    public void Read(ReadOnlySpan<byte> eventName, ReadOnlySpan<byte> data)
    {
        if (_over)
        {
            return;
        }

        JsonText.MustBeUtf8(data);
        try
        {
            ReadObject(data);
        }
        catch (InvalidOperationException e)
        {
            throw JsonText.NoText(e);
        }
    }

    public void Closed()
    {
        // Only done makes an answer whole.
    }

    private void ReadObject(ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<byte> model = default, message = default, reason = default, logprobs = default;
        var (done, failed) = (false, false);
        long prompt = 0, produced = 0;
        var members = new JsonMembers(data);
        while (members.Next())
        {
            if (members.Is("model"u8))
            {
                model = members.Text;
            }
            else if (members.Is("message"u8))
            {
                message = members.Kind is JsonTokenType.StartObject ? members.Value : default;
            }
            else if (members.Is("done"u8))
            {
                done = members.Kind is JsonTokenType.True;
            }
            else if (members.Is("done_reason"u8))
            {
                reason = members.Text;
            }
            else if (members.Is("prompt_eval_count"u8))
            {
                prompt = members.Count;
            }
            else if (members.Is("eval_count"u8))
            {
                produced = members.Count;
            }
            else if (members.Is("logprobs"u8))
            {
                logprobs = members.Kind is JsonTokenType.StartArray ? members.Value : default;
            }
            else if (members.Is("error"u8))
            {
                failed = members.Kind is not JsonTokenType.Null;
            }
        }

        if (failed)
        {
            _over = true;
            sink.Failed(OpenAiErrors.Read(200, data));
            return;
        }

        if (message.Length == 0 && !done)
        {
            throw new JsonException("Expected an object with a message.");
        }

        if (!_started)
        {
            _started = true;
            sink.Started(default, model, null);
        }

        if (message.Length > 0)
        {
            ReadMessage(message);
        }

        if (logprobs.Length > 2)
        {
            sink.Extra(0, ExtraKinds.Logprobs, [.. "{\"content\":"u8, .. logprobs, .. ",\"refusal\":null}"u8]);
        }

        if (done)
        {
            _over = true;
            sink.Usage(new TokenUsage { Input = prompt, Output = produced });
            sink.Finished(0, reason.SequenceEqual("length"u8) ? FinishReason.Length : _calls > 0 ? FinishReason.ToolCalls : FinishReason.Stop);
            sink.Ended();
        }
    }

    private void ReadMessage(ReadOnlySpan<byte> message)
    {
        ReadOnlySpan<byte> content = default, thinking = default, calls = default, images = default;
        var members = new JsonMembers(message);
        while (members.Next())
        {
            if (members.Is("content"u8))
            {
                content = members.Text;
            }
            else if (members.Is("thinking"u8))
            {
                thinking = members.Text;
            }
            else if (members.Is("tool_calls"u8))
            {
                calls = members.Nested;
            }
            else if (members.Is("images"u8))
            {
                images = members.Nested;
            }
        }

        sink.Reasoning(0, thinking);
        sink.Text(0, content);
        PassImages(images);
        var entries = new JsonObjects(calls);
        while (entries.Next())
        {
            var function = JsonMembers.Find(entries.Value, "function"u8);
            var id = JsonMembers.FindText(entries.Value, "id"u8);
            sink.ToolCallStarted(0, _calls, id, JsonMembers.FindText(function, "name"u8));

            // An object; of servers that copy the API, text as at OpenAI; of a careless model, anything.
            var text = JsonMembers.FindText(function, "arguments"u8);
            sink.ToolCallArguments(0, _calls++, text.Length > 0 ? text : ToolArguments.AsText(JsonMembers.Find(function, "arguments"u8)));
        }
    }

    /// <summary>Made pictures are base64 without a word of their kind.</summary>
    private void PassImages(ReadOnlySpan<byte> images)
    {
        var json = new Utf8JsonReader(images);
        if (images.Length == 0 || !json.Read() || json.TokenType is not JsonTokenType.StartArray)
        {
            return;
        }

        while (json.Read() && json.TokenType is not JsonTokenType.EndArray)
        {
            if (json.TokenType is JsonTokenType.String && json.ValueSpan.Length > 0)
            {
                sink.Extra(0, ExtraKinds.Image, Pictures.FromBase64(JsonText.Inside(ref json)));
            }

            json.Skip();
        }
    }
}
