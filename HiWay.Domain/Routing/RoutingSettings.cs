namespace HiWay.Domain.Routing;

/// <summary>What a workspace can turn on the router. Defaults are the published ones.</summary>
public sealed record RoutingSettings
{
    /// <summary>Tokens of a usual answer, for comparing prices and for the room an answer needs when the caller set no limit.</summary>
    public const int TypicalOutputTokens = 400;

    public static RoutingSettings Default { get; } = new();

    /// <summary>Scores below go to light, from here on to standard.</summary>
    public double LightBelow { get; init; } = 0.3;

    /// <summary>Scores from here on go to heavy.</summary>
    public double HeavyFrom { get; init; } = 0.7;

    /// <summary>A score closer than this below a cut counts as above it: a wrong answer costs more than a dearer model.</summary>
    public double Margin { get; init; } = 0.03;

    /// <summary>What each analyzer's share in the score is multiplied by, by its name; 1 for names left out, 0 silences it.</summary>
    public IReadOnlyDictionary<string, double> Weights { get; init; } = new Dictionary<string, double>();

    /// <summary>The ultra_light gate under light.</summary>
    public bool UltraLight { get; init; } = true;
}
