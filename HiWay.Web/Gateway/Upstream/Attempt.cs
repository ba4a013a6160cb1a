using System.Diagnostics;
using HiWay.Domain.Fallback;
using HiWay.Domain.Metering;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Providers;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Upstream;

/// <summary>One try at one deployment, as it goes.</summary>
internal sealed class Attempt(Deployment deployment)
{
    public Deployment Deployment { get; } = deployment;

    public long StartedAt { get; } = Stopwatch.GetTimestamp();

    /// <summary>Stopwatch ticks when the upstream's part was over; 0 while it runs.</summary>
    public long EndedAt { get; set; }

    /// <summary>Stopwatch ticks of the first meaningful content; 0 without.</summary>
    public long FirstContentAt { get; set; }

    /// <summary>The upstream's HTTP status; null when there was no answer.</summary>
    public int? Status { get; set; }

    /// <summary>Null for the attempt that answers.</summary>
    public FailureClass? Failure { get; set; }

    /// <summary>The failure in words.</summary>
    public string? ErrorText { get; set; }

    /// <summary>What the upstream itself said, where it said something.</summary>
    public UpstreamError? UpstreamError { get; set; }

    /// <summary>The upstream's error body as it came, kept only for keys with router bypass.</summary>
    public byte[]? RawError { get; set; }

    public string? RawErrorContentType { get; set; }

    public TokenUsage Usage { get; set; }

    /// <summary>The upstream gave no usage (cut stream, client gone), so <see cref="Usage"/> is our estimate.</summary>
    public bool UsageEstimated { get; set; }

    public Cost Cost { get; set; }

    /// <summary>Request fields that this upstream cannot express.</summary>
    public List<string> Dropped { get; } = [];

    /// <summary>The tools that go to this upstream under other names; null when none does.</summary>
    public ToolNames? ToolNames { get; set; }

    /// <summary>Set when the attempt goes on with an answer that broke off.</summary>
    public ResumePlan? Resume { get; set; }

    public string UpstreamDialectName { get; set; } = "";

    public double LatencyMs => Stopwatch.GetElapsedTime(StartedAt, EndedAt == 0 ? Stopwatch.GetTimestamp() : EndedAt).TotalMilliseconds;

    public void Fail(FailureClass failure, string text)
    {
        Failure = failure;
        ErrorText = text;
        EndedAt = Stopwatch.GetTimestamp();
    }

    public FailedAttempt ToLink() => new(Deployment.Model.Id, $"{Failure?.Text() ?? "failed"}: {ErrorText}");

    public AttemptRecord ToRecord() => new(
        Deployment.Model.Id, Deployment.Provider.Slug, Deployment.CredentialId, Status, Failure?.Text(), ErrorText,
        Math.Round(LatencyMs, 3), FirstContentAt == 0 ? null : Math.Round(Stopwatch.GetElapsedTime(StartedAt, FirstContentAt).TotalMilliseconds, 3),
        Usage, Cost.Usd, Cost.Unpriced);
}
