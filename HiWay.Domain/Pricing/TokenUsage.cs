namespace HiWay.Domain.Pricing;

/// <summary>
/// Tokens of one answer in buckets that never overlap: their sum is what was processed. Providers count differently
/// (OpenAI's prompt_tokens contains cached tokens, Anthropic's input_tokens does not); each dialect separates its own.
/// </summary>
public readonly record struct TokenUsage
{
    /// <summary>Input that was neither read from nor written to a provider's prompt cache, text only.</summary>
    public long Input { get; init; }

    public long CacheRead { get; init; }

    /// <summary>Written to the prompt cache for five minutes.</summary>
    public long CacheWrite5m { get; init; }

    /// <summary>Written to the prompt cache for one hour.</summary>
    public long CacheWrite1h { get; init; }

    /// <summary>Visible output, without reasoning.</summary>
    public long Output { get; init; }

    /// <summary>Hidden or shown thinking, billed as output unless the model prices it apart.</summary>
    public long Reasoning { get; init; }

    public long AudioInput { get; init; }

    public long AudioOutput { get; init; }

    public long ImageInput { get; init; }

    public long ImageOutput { get; init; }

    /// <summary>The lane that the provider ran the call in, which decides the price; null for the ordinary one.</summary>
    public ServiceLane? Lane { get; init; }

    /// <summary>What was used beside tokens: pictures, searches, fees.</summary>
    public UnitUsage Units { get; init; }

    /// <summary>All tokens sent, cached or not.</summary>
    public long TotalInput => Input + CacheRead + CacheWrite5m + CacheWrite1h + AudioInput + ImageInput;

    /// <summary>All tokens produced.</summary>
    public long TotalOutput => Output + Reasoning + AudioOutput + ImageOutput;

    public static TokenUsage operator +(TokenUsage a, TokenUsage b) => new()
    {
        Input = a.Input + b.Input,
        CacheRead = a.CacheRead + b.CacheRead,
        CacheWrite5m = a.CacheWrite5m + b.CacheWrite5m,
        CacheWrite1h = a.CacheWrite1h + b.CacheWrite1h,
        Output = a.Output + b.Output,
        Reasoning = a.Reasoning + b.Reasoning,
        AudioInput = a.AudioInput + b.AudioInput,
        AudioOutput = a.AudioOutput + b.AudioOutput,
        ImageInput = a.ImageInput + b.ImageInput,
        ImageOutput = a.ImageOutput + b.ImageOutput,
        Lane = a.Lane ?? b.Lane,
        Units = a.Units + b.Units,
    };
}

/// <summary>What an answer used that is not counted in tokens.</summary>
public readonly record struct UnitUsage
{
    /// <summary>Pictures made. Paid by the piece only where the provider counts no tokens for them.</summary>
    public long Images { get; init; }

    /// <summary>Pictures made in a size or quality that the list has no price for.</summary>
    public long UnlistedImages { get; init; }

    /// <summary>Searches of the web that the provider made for the answer.</summary>
    public long WebSearches { get; init; }

    /// <summary>Calls charged by the call (rerank's search units); a model with a fee per call pays at least one.</summary>
    public long Requests { get; init; }

    /// <summary>US dollars that the provider itself states for searches and calls; its bill will say the same, so it stands before the list's prices.</summary>
    public decimal? StatedFeeUsd { get; init; }

    public static UnitUsage operator +(UnitUsage a, UnitUsage b) => new()
    {
        Images = a.Images + b.Images,
        UnlistedImages = a.UnlistedImages + b.UnlistedImages,
        WebSearches = a.WebSearches + b.WebSearches,
        Requests = a.Requests + b.Requests,
        StatedFeeUsd = a.StatedFeeUsd is null && b.StatedFeeUsd is null ? null : (a.StatedFeeUsd ?? 0m) + (b.StatedFeeUsd ?? 0m),
    };
}
