using HiWay.Domain.Catalogue;
using HiWay.Domain.Pricing;

namespace HiWay.Domain.Judging;

/// <summary>What was seen of a workspace's answers, for estimating what rating some of them costs.</summary>
/// <param name="AnswersPerDay">Routed answers.</param>
/// <param name="InputTokens">Of one call on average.</param>
/// <param name="OutputTokens">Of one answer on average.</param>
public readonly record struct JudgedTraffic(double AnswersPerDay, double InputTokens, double OutputTokens);

/// <param name="CallsPerDay">Answers that would be rated.</param>
/// <param name="UsdPerDay">Null when the judge has no price.</param>
public readonly record struct JudgeForecast(double CallsPerDay, decimal? UsdPerDay);

/// <summary>Which answers are rated, how their texts are cut, and what that costs.</summary>
public static class JudgeRules
{
    /// <summary>Longest prompt and longest answer that a judge is shown, in characters; of longer ones it sees the beginning and the end.</summary>
    public const int MostChars = 12_000;

    /// <summary>Tokens of a judge's own instructions, and of its answer. Measured on the prompt of this version; an estimate for a forecast.</summary>
    private const int InstructionTokens = 420;
    private const int RatingTokens = 40;

    /// <summary>The code of a failure that is the judge's own: its answer held no rating.</summary>
    public const string UnreadableRating = "unreadable_rating";

    private const double CharsPerToken = 4;

    /// <summary>Whether a request is in the sample; the same request always is or is not.</summary>
    /// <param name="requestId">Ends in random characters, which is what is looked at.</param>
    /// <param name="rate">0..1.</param>
    public static bool Picks(string requestId, double rate)
    {
        // FNV-1a, mixed once more: its upper bits are even enough to be compared with a share.
        var hash = 14695981039346656037UL;
        foreach (var letter in requestId)
        {
            hash = (hash ^ letter) * 1099511628211UL;
        }

        hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdUL;
        return (hash >> 11) * (1.0 / (1UL << 53)) < rate;
    }

    /// <summary>The text, or its beginning and its end with a mark between them.</summary>
    public static string Shorten(string text)
    {
        const string Mark = "\n[… left out …]\n";
        if (text.Length <= MostChars)
        {
            return text;
        }

        var (head, tail) = (MostChars / 2, text.Length - (MostChars / 2));
        head -= char.IsHighSurrogate(text[head - 1]) ? 1 : 0;
        tail += char.IsLowSurrogate(text[tail]) ? 1 : 0;
        return string.Concat(text.AsSpan(0, head), Mark, text.AsSpan(tail));
    }

    /// <summary>What to do about a rating that failed.</summary>
    /// <param name="code">An error code of the gateway, or <c>unreadable_rating</c>.</param>
    public static string Advice(string code) => code switch
    {
        UnreadableRating => "Choose a model that follows a JSON schema.",
        "budget_exceeded" => "Rating goes on when the day or the month begins anew, or with a higher limit here or under Budget.",
        "model_not_found" or "model_not_allowed" or "provider_not_configured" => "Choose another model, or connect its provider again.",
        "ip_denied" => "The address that the rated call came from must be allowed under Security.",
        _ => "HiWay tries again by itself within a quarter of an hour; the provider's state is shown under Health.",
    };

    /// <summary>What a day of rating would cost at most, going by past traffic and before the daily limit.</summary>
    public static JudgeForecast Forecast(in JudgedTraffic seen, double rate, ModelEntry judge, DateTimeOffset at)
    {
        const double MostTokens = MostChars / CharsPerToken;
        var calls = seen.AnswersPerDay * rate;
        var used = new TokenUsage
        {
            Input = (long)(InstructionTokens + Math.Min(seen.InputTokens, MostTokens) + Math.Min(seen.OutputTokens, MostTokens)), Output = RatingTokens,
        };
        var each = PriceRules.CostOf(used, judge, at);
        return new(calls, each.Unpriced ? null : (decimal)calls * each.Usd);
    }
}
