namespace HiWay.Domain.Routing;

/// <summary>What a workspace wants from the models of a tier.</summary>
public enum RoutingProfile
{
    /// <summary>The cheapest input price.</summary>
    Budget,

    /// <summary>The most quality for a dollar.</summary>
    Balanced,

    /// <summary>The highest quality.</summary>
    Quality,
}

/// <summary>The zone a workspace's data may go to; <see cref="Strict"/> allows only models whose zone is stated and European.</summary>
public enum SovereigntyZone { Global, Eu, Fr, Strict }

/// <summary>Profile and zone as the API and the database spell them.</summary>
public static class ProfileNames
{
    private static readonly string[] Profiles = ["budget", "balanced", "quality"];
    private static readonly string[] Zones = ["global", "eu", "fr", "strict"];

    public static string Text(this RoutingProfile profile) => Profiles[(int)profile];

    public static string Text(this SovereigntyZone zone) => Zones[(int)zone];

    public static RoutingProfile? ParseProfile(string? text) =>
        Array.IndexOf(Profiles, text) is var i and >= 0 ? (RoutingProfile)i : null;

    public static SovereigntyZone? ParseZone(string? text) =>
        Array.IndexOf(Zones, text) is var i and >= 0 ? (SovereigntyZone)i : null;
}
