using System.Text;
using System.Text.Json;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects.Gemini;
using HiWay.Infrastructure.Dialects.OpenAiChat;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Dialects;

/// <summary>
/// Finds the usage in an answer that is handed on unread: any answer of a provider, from whatever route. What cannot be understood
/// changes nothing; whether usage was found is the caller's to ask.
/// </summary>
public sealed class UsageScan(UpstreamDialect dialect)
{
    private readonly UsageSink _sink = new();
    private IUpstreamStreamReader? _reader;
    private bool _unreadable;
    private TokenUsage? _usage;

    /// <summary>Null while none was told.</summary>
    public TokenUsage? Usage => _usage ?? _sink.Told;

    /// <summary>Events that had data; an answer that never tells its usage is estimated by them.</summary>
    public long Events { get; private set; }

    /// <summary>One event of a stream.</summary>
    public void Event(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        Events++;
        if (dialect is UpstreamDialect.OpenAiChat or UpstreamDialect.Gemini)
        {
            Whole(data);
            return;
        }

        if (_unreadable)
        {
            return;
        }

        try
        {
            _reader ??= UpstreamDialects.For(dialect).NewStreamReader(_sink);
            _reader.Read(name, data);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or InvalidDataException)
        {
            _unreadable = true;   // another route's stream; what it told so far stays
        }
    }

    /// <summary>A whole JSON answer, or the data of one event that holds its own.</summary>
    public void Whole(ReadOnlySpan<byte> json)
    {
        try
        {
            if (dialect is UpstreamDialect.OpenAiChat or UpstreamDialect.Gemini)
            {
                if (json.IndexOf("sage"u8) >= 0)
                {
                    Take(JsonElement.Parse(json));
                }
            }
            else
            {
                UpstreamDialects.For(dialect).ReadAnswer(json, _sink);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or InvalidDataException)
        {
            // No answer of the dialect (a file, a batch): nothing is told.
        }
    }

    private void Take(JsonElement root)
    {
        if (root.ValueKind is JsonValueKind.Array)
        {
            // Gemini's stream without alt=sse is one list of chunks.
            foreach (var chunk in root.EnumerateArray())
            {
                Take(chunk);
            }
        }

        if (root.ValueKind is not JsonValueKind.Object)
        {
            return;
        }

        // The events of OpenAI's Responses carry the whole answer one level down.
        if (root.TryGetProperty("response", out var response) && response.ValueKind is JsonValueKind.Object)
        {
            root = response;
        }

        if (root.TryGetProperty("usageMetadata", out var gemini))
        {
            var reader = new Utf8JsonReader(JsonSerializer.SerializeToUtf8Bytes(gemini));
            reader.Read();
            _usage = GeminiUsage.Read(ref reader) ?? _usage;
            return;
        }

        var usage = root.TryGetProperty("usage", out var own) ? own
            : root.TryGetProperty("x_groq", out var groq) && groq.ValueKind is JsonValueKind.Object && groq.TryGetProperty("usage", out var inner) ? inner
            : default;
        if (usage.ValueKind is not JsonValueKind.Object || OpenAiUsage.Read(JsonSerializer.SerializeToUtf8Bytes(usage)) is not { } told)
        {
            return;
        }

        told = told with { Lane = root.TryGetProperty("service_tier", out var tier) && tier.ValueKind is JsonValueKind.String ? ServiceLanes.Parse(Encoding.UTF8.GetBytes(tier.GetString()!)) : null };
        var searches = root.TryGetProperty("output", out var output) && output.ValueKind is JsonValueKind.Array
            ? output.EnumerateArray().Count(item => item.ValueKind is JsonValueKind.Object && item.TryGetProperty("type", out var type) && type.ValueKind is JsonValueKind.String && type.ValueEquals("web_search_call"))
            : 0;
        _usage = searches > told.Units.WebSearches ? told with { Units = told.Units with { WebSearches = searches } } : told;
    }

    /// <summary>Hears the usage and nothing else.</summary>
    private sealed class UsageSink : IAnswerSink
    {
        public TokenUsage? Told { get; private set; }

        public void Usage(in TokenUsage usage) => Told = usage;

        public void Started(ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> modelJson, long? createdUnixSeconds)
        {
        }

        public void Text(int choice, ReadOnlySpan<byte> json)
        {
        }

        public void Reasoning(int choice, ReadOnlySpan<byte> json)
        {
        }

        public void ReasoningSignature(int choice, string format, ReadOnlySpan<byte> json)
        {
        }

        public void EncryptedReasoning(int choice, string format, ReadOnlySpan<byte> dataJson)
        {
        }

        public void Refusal(int choice, ReadOnlySpan<byte> json)
        {
        }

        public void ToolCallStarted(int choice, int call, ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> nameJson)
        {
        }

        public void ToolCallArguments(int choice, int call, ReadOnlySpan<byte> json)
        {
        }

        public void ToolCallSignature(int choice, int call, string format, ReadOnlySpan<byte> json)
        {
        }

        public void Extra(int choice, string kind, ReadOnlySpan<byte> jsonValue)
        {
        }

        public void Finished(int choice, FinishReason reason)
        {
        }

        public void Failed(UpstreamError error)
        {
        }

        public void Ended()
        {
        }
    }
}
