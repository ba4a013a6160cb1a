using System.Text.Encodings.Web;
using System.Text.Json;
using HiWay.Domain.Metering;
using HiWay.Domain.Pricing;

namespace HiWay.Infrastructure.Metering.Drain;

/// <summary>
/// Stages and attempts as JSON in text columns: attempts in the API's own spelling, a stage as <c>[stage, verdict, micros]</c>, because a call
/// passes a dozen and their names for the three would be a quarter of the row.
/// </summary>
/// <remarks>Not jsonb: nobody searches inside, and to take it apart would be a third of what the server does for a row.</remarks>
/// <param name="rows">Where each text becomes the next field.</param>
internal sealed class TraceJson(CopyRows rows) : IDisposable
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
    private readonly Utf8JsonWriter _json = new(rows, s_options);

    public void Stages(IReadOnlyList<StageRecord> stages)
    {
        var field = rows.Open();
        _json.WriteStartArray();
        foreach (var stage in stages)
        {
            _json.WriteStartArray();
            _json.WriteStringValue(Stored.Clean(stage.Stage, 128));
            _json.WriteStringValue(Stored.Clean(stage.Verdict, 1024));
            _json.WriteNumberValue(stage.Micros);
            _json.WriteEndArray();
        }

        _json.WriteEndArray();
        Close(field);
    }

    public void Attempts(IReadOnlyList<AttemptRecord> attempts)
    {
        var field = rows.Open();
        _json.WriteStartArray();
        foreach (var attempt in attempts)
        {
            _json.WriteStartObject();
            _json.WriteString("model"u8, Stored.Clean(attempt.Model, 256));
            _json.WriteString("provider"u8, Stored.Clean(attempt.Provider, 128));
            Optional("credential_id", attempt.CredentialId, 64);
            if (attempt.Status is { } status)
            {
                _json.WriteNumber("status"u8, status);
            }

            Optional("failure", attempt.Failure, 128);
            Optional("error", attempt.Error, 2048);
            _json.WriteNumber("latency_ms"u8, Stored.Finite(attempt.LatencyMs));
            if (attempt.TtftMs is { } ttft)
            {
                _json.WriteNumber("ttft_ms"u8, Stored.Finite(ttft));
            }

            Usage(attempt.Usage);
            _json.WriteNumber("cost_usd"u8, attempt.CostUsd);
            _json.WriteBoolean("unpriced"u8, attempt.Unpriced);
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
        Close(field);
    }

    public void Texts(IReadOnlyList<string> texts)
    {
        var field = rows.Open();
        _json.WriteStartArray();
        foreach (var text in texts)
        {
            _json.WriteStringValue(Stored.Clean(text, 256));
        }

        _json.WriteEndArray();
        Close(field);
    }

    /// <summary>Reads what <see cref="Stages"/> writes, and the objects that it wrote in versions before.</summary>
    public static IReadOnlyList<StageRecord> ReadStages(string json)
    {
        using var document = JsonDocument.Parse(json);
        return [.. document.RootElement.EnumerateArray().Select(stage => stage.ValueKind == JsonValueKind.Array
            ? new StageRecord(stage[0].GetString()!, stage[1].GetString()!, stage[2].GetInt64())
            : new StageRecord(stage.GetProperty("stage").GetString()!, stage.GetProperty("verdict").GetString()!, stage.GetProperty("micros").GetInt64()))];
    }

    public static IReadOnlyList<AttemptRecord> ReadAttempts(string json)
    {
        using var document = JsonDocument.Parse(json);
        return [.. document.RootElement.EnumerateArray().Select(attempt => new AttemptRecord(
            attempt.GetProperty("model").GetString()!,
            attempt.GetProperty("provider").GetString()!,
            Text(attempt, "credential_id"),
            attempt.TryGetProperty("status", out var status) ? status.GetInt32() : null,
            Text(attempt, "failure"),
            Text(attempt, "error"),
            attempt.GetProperty("latency_ms").GetDouble(),
            attempt.TryGetProperty("ttft_ms", out var ttft) ? ttft.GetDouble() : null,
            ReadUsage(attempt.GetProperty("usage")),
            attempt.GetProperty("cost_usd").GetDecimal(),
            attempt.GetProperty("unpriced").GetBoolean()))];
    }

    public static IReadOnlyList<string> ReadTexts(string json)
    {
        using var document = JsonDocument.Parse(json);
        return [.. document.RootElement.EnumerateArray().Select(text => text.GetString()!)];
    }

    public void Dispose() => _json.Dispose();

    private static string? Text(JsonElement of, string name) => of.TryGetProperty(name, out var text) ? text.GetString() : null;

    private static TokenUsage ReadUsage(JsonElement usage)
    {
        return new()
        {
            Input = Tokens("input"),
            CacheRead = Tokens("cache_read"),
            CacheWrite5m = Tokens("cache_write_5m"),
            CacheWrite1h = Tokens("cache_write_1h"),
            Output = Tokens("output"),
            Reasoning = Tokens("reasoning"),
            AudioInput = Tokens("audio_input"),
            AudioOutput = Tokens("audio_output"),
            ImageInput = Tokens("image_input"),
            ImageOutput = Tokens("image_output"),
            Units = new()
            {
                Images = Tokens("images"),
                WebSearches = Tokens("web_searches"),
                Requests = Tokens("requests"),
                StatedFeeUsd = usage.TryGetProperty("stated_fee_usd", out var fee) ? fee.GetDecimal() : null,
            },
        };

        long Tokens(string bucket) => usage.TryGetProperty(bucket, out var tokens) ? tokens.GetInt64() : 0;
    }

    private void Usage(in TokenUsage usage)
    {
        _json.WriteStartObject("usage"u8);
        Tokens("input", usage.Input);
        Tokens("cache_read", usage.CacheRead);
        Tokens("cache_write_5m", usage.CacheWrite5m);
        Tokens("cache_write_1h", usage.CacheWrite1h);
        Tokens("output", usage.Output);
        Tokens("reasoning", usage.Reasoning);
        Tokens("audio_input", usage.AudioInput);
        Tokens("audio_output", usage.AudioOutput);
        Tokens("image_input", usage.ImageInput);
        Tokens("image_output", usage.ImageOutput);
        Tokens("images", usage.Units.Images);
        Tokens("web_searches", usage.Units.WebSearches);
        Tokens("requests", usage.Units.Requests);
        if (usage.Units.StatedFeeUsd is { } fee)
        {
            _json.WriteNumber("stated_fee_usd"u8, fee);
        }

        _json.WriteEndObject();
    }

    // Most buckets of most answers are empty; an absent one reads as zero.
    private void Tokens(string bucket, long tokens)
    {
        if (tokens != 0)
        {
            _json.WriteNumber(bucket, tokens);
        }
    }

    private void Optional(string name, string? text, int most)
    {
        if (text is not null)
        {
            _json.WriteString(name, Stored.Clean(text, most));
        }
    }

    private void Close(int field)
    {
        _json.Flush();
        _json.Reset();
        rows.Close(field);
    }
}
