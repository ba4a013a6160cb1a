using System.Buffers;
using System.Text.Json;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.OpenAiResponses;

/// <summary>Writes the response object that events about the whole answer carry and that an answer without a stream is.</summary>
internal sealed class ResponsesObject(AnswerDefaults defaults)
{
    private byte[] _model = [];
    private long? _created;
    private byte[]? _serviceTier;

    /// <summary>The answer's id without its prefix.</summary>
    public string Stem => defaults.Id[(defaults.Id.IndexOf('_') + 1)..];

    /// <param name="modelJson">What the upstream calls the model; empty when it does not say.</param>
    public void Start(ReadOnlySpan<byte> modelJson, long? createdUnixSeconds)
    {
        _model = modelJson.ToArray();
        _created = createdUnixSeconds;
    }

    /// <param name="tierJson">A JSON string. Other providers' words for an ordinary call are not in this dialect.</param>
    public void ServedBy(ReadOnlySpan<byte> tierJson)
    {
        if (tierJson.SequenceEqual("\"flex\""u8) || tierJson.SequenceEqual("\"scale\""u8) || tierJson.SequenceEqual("\"priority\""u8) || tierJson.SequenceEqual("\"fast\""u8))
        {
            _serviceTier = tierJson.ToArray();
        }
    }

    public byte[] Begin()
    {
        var buffer = new ArrayBufferWriter<byte>(512 + defaults.Echo.Length);
        Write(buffer, "in_progress"u8, null, null, null, default);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The whole answer.</summary>
    /// <param name="finish">Decides between <c>completed</c> and <c>incomplete</c>.</param>
    public void WriteEnd(IBufferWriter<byte> output, ResponsesOutput items, FinishReason finish, TokenUsage? usage, ReadOnlySpan<byte> hiwayJson) =>
        Write(output, IsCut(finish, items) ? "incomplete"u8 : "completed"u8, items, usage, null, hiwayJson, finish);

    /// <summary>What came before the answer broke.</summary>
    public void WriteFailed(IBufferWriter<byte> output, ResponsesOutput items, string code, string message) =>
        Write(output, "failed"u8, items, null, (code, message), default);

    public static ReadOnlySpan<byte> EndEvent(FinishReason finish, ResponsesOutput items) =>
        IsCut(finish, items) ? "response.incomplete"u8 : "response.completed"u8;

    /// <summary>A refusal in words is a whole answer; one without words is what this dialect calls a filter.</summary>
    public static bool IsCut(FinishReason finish, ResponsesOutput items) =>
        finish is FinishReason.Length or FinishReason.ContentFilter || (finish is FinishReason.Refusal && !items.HasRefusal);

    private void Write(
        IBufferWriter<byte> output, ReadOnlySpan<byte> status, ResponsesOutput? items, TokenUsage? usage, (string Code, string Message)? error,
        ReadOnlySpan<byte> hiwayJson, FinishReason finish = FinishReason.Stop)
    {
        var to = new Utf8Appender(output, 1024 + defaults.Echo.Length + hiwayJson.Length);
        to.Add("{\"id\":"u8);
        to.AddString(defaults.Id);
        to.Add(",\"object\":\"response\",\"created_at\":"u8);
        to.Add(_created ?? defaults.CreatedUnixSeconds);
        to.Add(",\"status\":\""u8);
        to.Add(status);
        to.Add("\",\"background\":false,\"error\":"u8);
        if (error is var (code, message))
        {
            to.Add("{\"code\":"u8);
            to.AddString(code);
            to.Add(",\"message\":"u8);
            to.AddString(message);
            to.Add((byte)'}');
        }
        else
        {
            to.Add("null"u8);
        }

        to.Add(",\"incomplete_details\":"u8);
        to.Add(!status.SequenceEqual("incomplete"u8) ? "null"u8
            : finish is FinishReason.Length ? "{\"reason\":\"max_output_tokens\"}"u8 : "{\"reason\":\"content_filter\"}"u8);
        to.Add(",\"model\":\""u8);
        to.Add(_model.Length > 0 ? _model : JsonText.Encode(defaults.Model));
        to.Add("\",\"output\":"u8);
        if (items is null)
        {
            to.Add("[]"u8);
        }
        else
        {
            items.AddTo(ref to);
        }

        to.Add(",\"service_tier\":"u8);
        to.Add(_serviceTier ?? "\"default\""u8);
        if (defaults.Echo.Length > 0)
        {
            to.Add((byte)',');
            to.Add(defaults.Echo.Span);
        }

        if (usage is { } known)
        {
            to.Add(",\"usage\":"u8);
            AddUsage(ref to, known);
        }

        if (hiwayJson.Length > 0)
        {
            to.Add(",\"_hiway\":"u8);
            to.Add(hiwayJson);
        }

        to.Add((byte)'}');
        to.Done();
    }

    private static void AddUsage(ref Utf8Appender to, in TokenUsage usage)
    {
        to.Add("{\"input_tokens\":"u8);
        to.Add(usage.TotalInput);
        to.Add(",\"input_tokens_details\":{\"cached_tokens\":"u8);
        to.Add(usage.CacheRead);
        to.Add(",\"cache_write_tokens\":"u8);
        to.Add(usage.CacheWrite5m + usage.CacheWrite1h);
        to.Add("},\"output_tokens\":"u8);
        to.Add(usage.TotalOutput);
        to.Add(",\"output_tokens_details\":{\"reasoning_tokens\":"u8);
        to.Add(usage.Reasoning);
        to.Add("},\"total_tokens\":"u8);
        to.Add(usage.TotalInput + usage.TotalOutput);
        to.Add((byte)'}');
    }
}

/// <summary>What an answer repeats of its request, as members of the response object.</summary>
public static class ResponsesEcho
{
    /// <summary>The members with the value that stands for "not said"; empty where the API then leaves the member out.</summary>
    private static readonly (string Name, string Default)[] Members =
    [
        ("instructions", "null"), ("max_output_tokens", "null"), ("max_tool_calls", "null"), ("metadata", "{}"), ("parallel_tool_calls", "true"),
        ("previous_response_id", "null"), ("prompt_cache_key", "null"), ("reasoning", "{\"effort\":null,\"summary\":null}"), ("safety_identifier", "null"),
        ("store", "true"), ("temperature", "1.0"), ("text", "{\"format\":{\"type\":\"text\"}}"), ("tool_choice", "\"auto\""), ("tools", "[]"),
        ("top_logprobs", "0"), ("top_p", "1.0"), ("truncation", "\"disabled\""), ("user", ""),
    ];

    /// <summary>Reads them off a body that was read before, so that it is known to be sound.</summary>
    /// <param name="previousResponseId">What the answer goes on from; the body that is read may hold its items instead.</param>
    public static byte[] Of(ReadOnlySpan<byte> body, string? previousResponseId)
    {
        var root = JsonElement.Parse(body, new() { MaxDepth = 128 });
        var buffer = new ArrayBufferWriter<byte>(1024);
        var to = new Utf8Appender(buffer, 1024);
        var first = true;
        foreach (var (name, standard) in Members)
        {
            var said = root.TryGetProperty(name, out var value) && value.ValueKind is not JsonValueKind.Null;
            if (!said && standard.Length == 0)
            {
                continue;
            }

            to.Add(first ? "\""u8 : ",\""u8);
            first = false;
            to.Add(JsonText.Encode(name));
            to.Add("\":"u8);
            if (name == "previous_response_id" && previousResponseId is not null)
            {
                to.AddString(previousResponseId);
            }
            else if (said && name == "tools")
            {
                AddTools(ref to, value);
            }
            else if (said && name == "text" && !value.TryGetProperty("format", out _))
            {
                // Verbosity alone leaves the format the standard one.
                to.Add("{\"format\":{\"type\":\"text\"}"u8);
                foreach (var member in value.EnumerateObject())
                {
                    to.Add((byte)',');
                    to.AddString(member.Name);
                    to.Add((byte)':');
                    to.AddCompact(JsonBytes(member.Value));
                }

                to.Add((byte)'}');
            }
            else
            {
                to.AddCompact(said ? JsonBytes(value) : System.Text.Encoding.UTF8.GetBytes(standard));
            }
        }

        to.Done();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>A function always says whether it is strict and what it takes; clients' types insist on it.</summary>
    private static void AddTools(ref Utf8Appender to, JsonElement tools)
    {
        to.Add((byte)'[');
        var first = true;
        foreach (var tool in tools.EnumerateArray())
        {
            to.Add(first ? default : ","u8);
            first = false;
            to.Add((byte)'{');
            var firstMember = true;
            foreach (var member in tool.EnumerateObject())
            {
                to.Add(firstMember ? default : ","u8);
                firstMember = false;
                to.AddString(member.Name);
                to.Add((byte)':');
                to.AddCompact(JsonBytes(member.Value));
            }

            if (tool.TryGetProperty("type", out var type) && type.ValueEquals("function"u8))
            {
                to.Add(tool.TryGetProperty("strict", out _) ? default : ",\"strict\":null"u8);
                to.Add(tool.TryGetProperty("parameters", out _) ? default : ",\"parameters\":null"u8);
            }

            to.Add((byte)'}');
        }

        to.Add((byte)']');
    }

    private static ReadOnlySpan<byte> JsonBytes(JsonElement value) => System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(value);
}
