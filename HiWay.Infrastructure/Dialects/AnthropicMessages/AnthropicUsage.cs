using System.Text.Json;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.AnthropicMessages;

/// <summary>
/// Usage of one answer as Anthropic tells it: whole in a buffered answer, and in a stream first in <c>message_start</c>, then, for the fields that
/// are named again, newer in <c>message_delta</c> (Fixtures/recordings/anthropic/anthropic-messages-web-search-stream-01.json: input grows from 2039 to 10423).
/// </summary>
/// <remarks>input_tokens holds neither cache reads nor writes, so the buckets are disjoint as they come; output_tokens holds thinking.</remarks>
internal struct AnthropicUsage
{
    private long _input;
    private long _cacheRead;
    private long _cacheWrite;
    private long _cacheWrite1h;
    private long _output;
    private long _thinking;
    private long _searches;
    private string? _tier;

    public readonly TokenUsage Tokens => new()
    {
        Input = _input,
        CacheRead = _cacheRead,
        CacheWrite5m = Math.Max(0, _cacheWrite - _cacheWrite1h),
        CacheWrite1h = Math.Min(_cacheWrite, _cacheWrite1h),
        Output = _output - Math.Min(_output, _thinking),
        Reasoning = Math.Min(_output, _thinking),
        Units = new() { WebSearches = _searches },
    };

    /// <summary>Who served the call, in OpenAI's words, as a JSON string; empty when not told.</summary>
    public readonly ReadOnlySpan<byte> ServiceTier => _tier switch
    {
        "standard" => "\"default\""u8,
        "priority" => "\"priority\""u8,
        "batch" => "\"batch\""u8,
        _ => default,
    };

    /// <summary>Takes over the fields of the object that the reader stands on; leaves it on the object's end.</summary>
    public void Merge(ref Utf8JsonReader json)
    {
        if (json.TokenType is not JsonTokenType.StartObject)
        {
            json.Skip();
            return;
        }

        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("input_tokens"u8))
            {
                Take(ref json, ref _input);
            }
            else if (json.ValueTextEquals("output_tokens"u8))
            {
                Take(ref json, ref _output);
            }
            else if (json.ValueTextEquals("cache_read_input_tokens"u8))
            {
                Take(ref json, ref _cacheRead);
            }
            else if (json.ValueTextEquals("cache_creation_input_tokens"u8))
            {
                Take(ref json, ref _cacheWrite);
            }
            else if (json.ValueTextEquals("cache_creation"u8))
            {
                TakeBelow(ref json, "ephemeral_1h_input_tokens"u8, ref _cacheWrite1h);
            }
            else if (json.ValueTextEquals("server_tool_use"u8))
            {
                TakeBelow(ref json, "web_search_requests"u8, ref _searches);
            }
            else if (json.ValueTextEquals("output_tokens_details"u8))
            {
                TakeBelow(ref json, "thinking_tokens"u8, ref _thinking);
            }
            else if (json.ValueTextEquals("service_tier"u8))
            {
                json.Read();
                _tier = json.TokenType is JsonTokenType.String ? json.GetString() : _tier;
                json.Skip();
            }
            else
            {
                json.Skip();
            }
        }
    }

    private static void TakeBelow(ref Utf8JsonReader json, ReadOnlySpan<byte> name, ref long count)
    {
        json.Read();
        if (json.TokenType is not JsonTokenType.StartObject)
        {
            json.Skip();
            return;
        }

        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals(name))
            {
                Take(ref json, ref count);
            }
            else
            {
                json.Skip();
            }
        }
    }

    private static void Take(ref Utf8JsonReader json, ref long count) => count = TokenCount.ReadNext(ref json) ?? count;
}
