using System.Buffers;
using System.Text.Json;

namespace HiWay.Web.Gateway.Wire;

/// <summary>What `_hiway` says of a call (product.md section 11).</summary>
internal sealed record HiWayFacts
{
    public string? RoutedModel { get; init; }

    public string? RoutedTier { get; init; }

    public double? Score { get; init; }

    public string? Reason { get; init; }

    public IReadOnlyList<FailedAttempt> FallbackChain { get; init; } = [];

    /// <summary>A later deployment of the chain answered.</summary>
    public bool Fallback { get; init; }

    public bool CacheHit { get; init; }

    public decimal UpstreamCost { get; init; }

    public decimal BaselineCost { get; init; }

    public decimal Savings { get; init; }

    /// <summary>Some tokens had no known price, so the cost is a lower bound.</summary>
    public bool Unpriced { get; init; }

    public required string RequestId { get; init; }

    public BudgetFacts? Budget { get; init; }

    public GuardianNote? Guardian { get; init; }

    public IReadOnlyList<string> Dropped { get; init; } = [];
}

/// <summary>The tightest cap in scope; only when a cap exists.</summary>
internal sealed record BudgetFacts(string Verdict, decimal SpentUsd, decimal CapUsd);

/// <summary>What Guardian did to a call that it let pass.</summary>
/// <param name="Tokens">The prompt's before.</param>
/// <param name="Removed">Messages or items that were left out.</param>
internal sealed record GuardianNote(string Rule, string Action, long Tokens, long Limit, int Removed);

/// <summary>Writes the `_hiway` object.</summary>
internal static class HiWayField
{
    public static void Write(IBufferWriter<byte> to, HiWayFacts facts)
    {
        using var json = new Utf8JsonWriter(to, GatewayJson.Written);
        json.WriteStartObject();
        json.WriteString("routed_model"u8, facts.RoutedModel);
        json.WriteString("routed_tier"u8, facts.RoutedTier);
        WriteScore(json, facts.Score);
        json.WriteString("reason"u8, facts.Reason);
        json.WriteBoolean("fallback"u8, facts.Fallback);
        json.WritePropertyName("fallback_chain"u8);
        WriteChain(json, facts.FallbackChain);
        json.WriteBoolean("cache_hit"u8, facts.CacheHit);
        json.WriteNull("cache_similarity"u8);
        json.WriteNumber("upstream_cost"u8, facts.UpstreamCost);
        json.WriteNumber("baseline_cost"u8, facts.BaselineCost);
        json.WriteNumber("savings"u8, facts.Savings);
        if (facts.Unpriced)
        {
            json.WriteBoolean("unpriced"u8, true);
        }

        json.WriteString("request_id"u8, facts.RequestId);
        if (facts.Budget is { } budget)
        {
            json.WriteStartObject("budget"u8);
            json.WriteString("verdict"u8, budget.Verdict);
            json.WriteNumber("spent_usd"u8, budget.SpentUsd);
            json.WriteNumber("cap_usd"u8, budget.CapUsd);
            json.WriteEndObject();
        }

        if (facts.Guardian is { } guardian)
        {
            json.WriteStartObject("guardian"u8);
            json.WriteString("rule"u8, guardian.Rule);
            json.WriteString("action"u8, guardian.Action);
            json.WriteNumber("tokens"u8, guardian.Tokens);
            json.WriteNumber("limit"u8, guardian.Limit);
            if (guardian.Removed > 0)
            {
                json.WriteNumber("removed_messages"u8, guardian.Removed);
            }

            json.WriteEndObject();
        }

        if (facts.Dropped.Count > 0)
        {
            json.WriteStartArray("dropped"u8);
            foreach (var path in facts.Dropped)
            {
                json.WriteStringValue(path);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    internal static void WriteChain(Utf8JsonWriter json, IEnumerable<FailedAttempt> chain)
    {
        json.WriteStartArray();
        foreach (var attempt in chain)
        {
            json.WriteStartObject();
            json.WriteString("model"u8, attempt.Model);
            json.WriteString("error"u8, attempt.Error);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteScore(Utf8JsonWriter json, double? score)
    {
        if (score is { } known)
        {
            json.WriteNumber("score"u8, Math.Round(known, 4));
        }
        else
        {
            json.WriteNull("score"u8);
        }
    }
}
