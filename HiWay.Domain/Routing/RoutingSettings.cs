using HiWay.Domain.Routing.Analyzers;

namespace HiWay.Domain.Routing;

/// <summary>What a workspace can turn on the router. Defaults are the published ones.</summary>
public sealed record RoutingSettings
{
    /// <summary>Tokens of a usual answer, for comparing prices and for the room an answer needs when the caller set no limit.</summary>
    public const int TypicalOutputTokens = 400;

    /// <summary>The largest weight. An analyzer that counts tenfold decides alone; more would only hide the others.</summary>
    public const double MaxWeight = 10;

    /// <summary>The widest margin: two of them still leave a standard tier between the published cuts.</summary>
    public const double MaxMargin = 0.2;

    private readonly double[] _byAnalyzer = Compile([]);

    public static RoutingSettings Default { get; } = new();

    /// <summary>Scores below go to light, from here on to standard.</summary>
    public double LightBelow { get; init; } = 0.3;

    /// <summary>Scores from here on go to heavy.</summary>
    public double HeavyFrom { get; init; } = 0.7;

    /// <summary>A score closer than this below a cut counts as above it: a wrong answer costs more than a dearer model.</summary>
    public double Margin { get; init; } = 0.03;

    /// <summary>What each analyzer's share in the score is multiplied by, by its name; 1 for names left out, 0 silences it.</summary>
    public IReadOnlyDictionary<string, double> Weights
    {
        get;
        init
        {
            field = value;
            _byAnalyzer = Compile(value);
        }
    } = new Dictionary<string, double>();

    /// <summary>The ultra_light gate under light.</summary>
    public bool UltraLight { get; init; } = true;

    /// <summary><see cref="Weights"/> in the order of the analyzers, so that a call looks nothing up.</summary>
    internal ReadOnlySpan<double> ByAnalyzer => _byAnalyzer;

    private static double[] Compile(IEnumerable<KeyValuePair<string, double>> weights)
    {
        var byAnalyzer = new double[AnalyzerCatalog.All.Length];
        Array.Fill(byAnalyzer, 1);
        foreach (var (name, weight) in weights)
        {
            // A name that this version does not know is of a later one; it has no share here.
            if (Array.FindIndex(AnalyzerCatalog.All, analyzer => analyzer.Name == name) is var i and >= 0)
            {
                byAnalyzer[i] = weight;
            }
        }

        return byAnalyzer;
    }
}
