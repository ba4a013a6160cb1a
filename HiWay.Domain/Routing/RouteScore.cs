using HiWay.Domain.Catalogue;

namespace HiWay.Domain.Routing;

/// <summary>What one analyzer says of a prompt.</summary>
/// <param name="Score">0..1, higher asks for a stronger model.</param>
/// <param name="Reason">In a few words, for the dashboard.</param>
public readonly record struct Reading(double Score, string Reason);

/// <summary>One analyzer's share in a score.</summary>
/// <param name="Weight">What the workspace multiplies its share by; 1 unless set.</param>
/// <param name="Contribution">What it added to the score, or took from it; base and contributions together are the score.</param>
public readonly record struct AnalyzerReading(string Name, double Score, double Weight, double Contribution, string Reason);

/// <summary>How much a prompt asks of a model, 0..1, and who said so.</summary>
/// <param name="Analyzers">One per analyzer, in the catalogue's order.</param>
public sealed record RouteScore(double Score, IReadOnlyList<AnalyzerReading> Analyzers)
{
    /// <summary>Where the score starts before any analyzer spoke.</summary>
    public double Base { get; init; }
}

/// <summary>The tier of a request and the sentence that explains it.</summary>
/// <param name="Bumped">The score lay within the margin below a cut and counts as above it.</param>
public sealed record RouteDecision(RouteScore Score, Tier Tier, bool Bumped, string Reason);
