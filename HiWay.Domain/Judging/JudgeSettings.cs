namespace HiWay.Domain.Judging;

/// <summary>How a workspace has a sample of its own answers rated by a model.</summary>
/// <param name="SampleRate">The share of answers that are rated, 0..1.</param>
/// <param name="Model">The model that rates, as callers name models.</param>
/// <param name="DailyLimitUsd">What ratings may cost per UTC day, a hard cap.</param>
public sealed record JudgeSettings(double SampleRate, string Model, decimal DailyLimitUsd)
{
    public const double DefaultSampleRate = 0.05;

    public const decimal DefaultDailyLimitUsd = 1m;
}
