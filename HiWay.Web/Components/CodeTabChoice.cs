namespace HiWay.Web.Components;

/// <summary>The tab a person picked last in a code block; scoped, so it holds for the whole circuit.</summary>
public sealed class CodeTabChoice
{
    /// <summary>A snippet's id: <c>curl</c>, <c>python</c>.</summary>
    public string Id { get; set; } = "curl";
}
