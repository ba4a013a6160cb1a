namespace HiWay.Domain.Catalogue;

/// <summary>A class of models by what they can do and cost, least first. `auto` moves among the first four.</summary>
public enum Tier
{
    UltraLight,
    Light,
    Standard,
    Heavy,

    /// <summary>Answers from the web; reached only by explicit choice.</summary>
    WebSearch,

    /// <summary>Makes pictures; reached only by explicit choice.</summary>
    Image,

    /// <summary>Neither chats nor draws (embeddings, speech, rerank): never routed.</summary>
    None,
}

public static class TierNames
{
    private static readonly string[] Names = ["ultra_light", "light", "standard", "heavy", "web_search", "image", "none"];

    /// <summary>The tier as the API spells it.</summary>
    public static string Text(this Tier tier) => Names[(int)tier];

    public static Tier? Parse(string? text) => Array.IndexOf(Names, text) is var i and >= 0 ? (Tier)i : null;
}
