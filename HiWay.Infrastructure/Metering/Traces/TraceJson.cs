using System.Text.Json;
using HiWay.Domain.Metering;
using HiWay.Domain.Pricing;

namespace HiWay.Infrastructure.Metering.Traces;

/// <summary>Reads the traces of rows that were written before <see cref="TraceCodec"/>: three columns of JSON.</summary>
internal static class TraceJson
{
    public static CallTrace Read(string dropped, string stages, string attempts)
    {
        using var droppedJson = JsonDocument.Parse(dropped);
        using var stagesJson = JsonDocument.Parse(stages);
        using var attemptsJson = JsonDocument.Parse(attempts);
        return new(
            [.. droppedJson.RootElement.EnumerateArray().Select(text => text.GetString()!)],
            [.. stagesJson.RootElement.EnumerateArray().Select(StageOf)],
            [.. attemptsJson.RootElement.EnumerateArray().Select(AttemptOf)]);
    }

    /// <summary>As <c>[stage, verdict, micros]</c>; the first versions wrote an object.</summary>
    private static StageRecord StageOf(JsonElement stage) => stage.ValueKind == JsonValueKind.Array
        ? new(stage[0].GetString()!, stage[1].GetString()!, stage[2].GetInt64())
        : new(stage.GetProperty("stage").GetString()!, stage.GetProperty("verdict").GetString()!, stage.GetProperty("micros").GetInt64());

    private static AttemptRecord AttemptOf(JsonElement attempt) => new(
        attempt.GetProperty("model").GetString()!,
        attempt.GetProperty("provider").GetString()!,
        Text(attempt, "credential_id"),
        attempt.TryGetProperty("status", out var status) ? status.GetInt32() : null,
        Text(attempt, "failure"),
        Text(attempt, "error"),
        attempt.GetProperty("latency_ms").GetDouble(),
        attempt.TryGetProperty("ttft_ms", out var ttft) ? ttft.GetDouble() : null,
        UsageOf(attempt.GetProperty("usage")),
        attempt.GetProperty("cost_usd").GetDecimal(),
        attempt.GetProperty("unpriced").GetBoolean());

    private static string? Text(JsonElement of, string name) => of.TryGetProperty(name, out var text) ? text.GetString() : null;

    private static TokenUsage UsageOf(JsonElement usage)
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

        // Empty buckets were not written.
        long Tokens(string bucket) => usage.TryGetProperty(bucket, out var tokens) ? tokens.GetInt64() : 0;
    }
}
