using System.Text.Json;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.OpenAiChat;

namespace HiWay.Web.Gateway.Upstream;

/// <summary>What the relay must know of one OpenAI chunk or answer, found in one pass without objects.</summary>
internal ref struct OpenAiChunk
{
    /// <summary>Text, reasoning, a refusal, a tool call or sound: something the caller has been waiting for.</summary>
    public bool HasContent;

    /// <summary>Bytes of content in it.</summary>
    public long ContentBytes;

    /// <summary>The text of the first choice, inside of a JSON string; empty when there is none.</summary>
    public ReadOnlySpan<byte> Text;

    /// <summary>Content that is no text of the first choice: a tool call, a refusal, sound, a picture, another choice.</summary>
    public bool HasOther;

    public bool HasFinishReason;

    /// <summary>A finish reason that says the provider broke (OpenRouter's `error`, DeepSeek's `insufficient_system_resource`).</summary>
    public bool FinishedBroken;

    /// <summary>`choices` is there and holds something.</summary>
    public bool HasChoices;

    public TokenUsage? Usage;

    /// <summary>An `error` member that is not null.</summary>
    public bool HasError;

    /// <summary>What the provider said went wrong inside a 200; null when nothing did.</summary>
    public readonly UpstreamError? FailureIn(ReadOnlySpan<byte> data) =>
        HasError ? OpenAiErrors.Read(200, data)
        : FinishedBroken ? new UpstreamError(502, "The provider broke the answer off.") { Kind = UpstreamErrorKind.Server }
        : null;

    /// <summary>The `usage` member with the comma that must go with it; empty when there is none.</summary>
    public Range UsageMember;

    /// <summary>The values of `id` and `model` with their quotation marks; empty when absent.</summary>
    public ReadOnlySpan<byte> Id;

    public ReadOnlySpan<byte> Model;

    /// <exception cref="JsonException">Not a JSON object.</exception>
    public static OpenAiChunk Read(ReadOnlySpan<byte> data)
    {
        var chunk = default(OpenAiChunk);
        var json = new Utf8JsonReader(data);
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("A chat answer must be a JSON object.");
        }

        var previousEnd = -1;
        var usageStart = -1;
        ServiceLane? lane = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var nameStart = (int)json.TokenStartIndex;
            if (usageStart == -2)
            {
                // `usage` came first, so the comma behind it goes with it.
                chunk.UsageMember = chunk.UsageMember.Start..nameStart;
                usageStart = -3;
            }

            var isUsage = false;
            if (json.ValueTextEquals("choices"u8))
            {
                json.Read();
                chunk.ReadChoices(ref json);
            }
            else if (json.ValueTextEquals("usage"u8))
            {
                isUsage = true;
                json.Read();
                chunk.ReadUsage(ref json);
            }
            else if (json.ValueTextEquals("x_groq"u8))
            {
                json.Read();
                chunk.ReadGroq(ref json);
            }
            else if (json.ValueTextEquals("error"u8))
            {
                json.Read();
                chunk.HasError = json.TokenType is JsonTokenType.StartObject or JsonTokenType.String;
                json.Skip();
            }
            else if (json.ValueTextEquals("id"u8))
            {
                json.Read();
                chunk.Id = json.TokenType == JsonTokenType.String ? data[(int)json.TokenStartIndex..(int)json.BytesConsumed] : default;
                json.Skip();
            }
            else if (json.ValueTextEquals("model"u8))
            {
                json.Read();
                chunk.Model = json.TokenType == JsonTokenType.String ? data[(int)json.TokenStartIndex..(int)json.BytesConsumed] : default;
                json.Skip();
            }
            else if (json.ValueTextEquals("service_tier"u8))
            {
                json.Read();
                lane = json.TokenType == JsonTokenType.String ? ServiceLanes.Parse(json.ValueSpan) : null;
                json.Skip();
            }
            else
            {
                json.Read();
                json.Skip();
            }

            var end = (int)json.BytesConsumed;
            if (isUsage)
            {
                usageStart = previousEnd < 0 ? -2 : previousEnd;
                chunk.UsageMember = (previousEnd < 0 ? nameStart : previousEnd)..end;
            }

            previousEnd = end;
        }

        // Nothing may follow the object; the reader throws when something does.
        json.Read();
        if (lane is not null && chunk.Usage is { } used)
        {
            chunk.Usage = used with { Lane = lane };
        }

        return chunk;
    }

    private void ReadChoices(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartArray)
        {
            json.Skip();
            return;
        }

        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            HasChoices = true;
            if (json.TokenType != JsonTokenType.StartObject)
            {
                throw new JsonException("A choice must be an object.");
            }

            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                if (json.ValueTextEquals("delta"u8) || json.ValueTextEquals("message"u8))
                {
                    json.Read();
                    ReadMessage(ref json);
                }
                else if (json.ValueTextEquals("index"u8))
                {
                    json.Read();
                    HasOther |= json.TokenType == JsonTokenType.Number && !json.ValueSpan.SequenceEqual("0"u8);
                    json.Skip();
                }
                else if (json.ValueTextEquals("finish_reason"u8))
                {
                    json.Read();
                    HasFinishReason |= json.TokenType == JsonTokenType.String;
                    FinishedBroken |= json.TokenType == JsonTokenType.String
                        && (json.ValueTextEquals("error"u8) || json.ValueTextEquals("insufficient_system_resource"u8));
                }
                else if (json.ValueTextEquals("text"u8))
                {
                    // Legacy completions carry the text here.
                    json.Read();
                    HasOther = true;
                    Count(json);
                }
                else if (json.ValueTextEquals("usage"u8))
                {
                    // Moonshot puts the usage of a stream into its last choice.
                    json.Read();
                    ReadUsage(ref json);
                }
                else
                {
                    json.Read();
                    json.Skip();
                }
            }
        }
    }

    private void ReadMessage(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartObject)
        {
            json.Skip();
            return;
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var isRole = json.ValueTextEquals("role"u8);
            var isContent = json.ValueTextEquals("content"u8);
            var isAside = !isContent && (json.ValueTextEquals("reasoning_details"u8) || json.ValueTextEquals("annotations"u8) || json.ValueTextEquals("citations"u8));
            var isRefusal = !isContent && json.ValueTextEquals("refusal"u8);
            json.Read();
            if (json.TokenType == JsonTokenType.String)
            {
                // content, reasoning, reasoning_content, refusal: any text but the role and empty ones.
                if (isContent)
                {
                    HasOther |= Text.Length > 0;
                    Text = json.ValueSpan;
                }

                if (!isRole)
                {
                    Count(json);
                    HasOther |= isRefusal && json.ValueSpan.Length > 0;
                }
            }
            else if (json.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
            {
                // tool_calls, function_call, audio, content parts, images; empty lists are no content.
                var start = json.BytesConsumed;
                var isArray = json.TokenType == JsonTokenType.StartArray;
                var texts = CountTexts(ref json);
                var length = json.BytesConsumed - start - 1;
                if (length > 1 || (length == 1 && !isArray))
                {
                    HasContent = true;
                    ContentBytes += texts;
                    HasOther |= !isAside;
                }
            }
        }
    }

    /// <summary>
    /// Bytes of the texts in a list or object, which is what the model has written: a call's name and arguments, and not the ids and kinds
    /// around each piece of them. Leaves the reader on the end of the value.
    /// </summary>
    private static long CountTexts(ref Utf8JsonReader json)
    {
        var depth = json.CurrentDepth;
        long bytes = 0;
        while (json.Read() && json.CurrentDepth > depth)
        {
            if (json.TokenType == JsonTokenType.PropertyName)
            {
                var isFraming = json.ValueTextEquals("id"u8) || json.ValueTextEquals("type"u8);
                json.Read();
                if (isFraming)
                {
                    json.Skip();
                    continue;
                }
            }

            bytes += json.TokenType == JsonTokenType.String ? json.ValueSpan.Length : 0;
        }

        return bytes;
    }

    private void Count(in Utf8JsonReader json)
    {
        if (json.TokenType == JsonTokenType.String && json.ValueSpan.Length > 0)
        {
            HasContent = true;
            ContentBytes += json.ValueSpan.Length;
        }
    }

    private void ReadUsage(ref Utf8JsonReader json)
    {
        if (json.TokenType == JsonTokenType.StartObject)
        {
            Usage = OpenAiUsage.Read(ref json) ?? Usage;
        }
        else
        {
            json.Skip();
        }
    }

    private void ReadGroq(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartObject)
        {
            json.Skip();
            return;
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var isUsage = json.ValueTextEquals("usage"u8);
            json.Read();
            if (isUsage)
            {
                ReadUsage(ref json);
            }
            else
            {
                json.Skip();
            }
        }
    }
}
