namespace HiWay.Web.Components.Snippets;

/// <summary>One turn of a conversation as code shows it.</summary>
/// <param name="Role"><c>system</c>, <c>user</c> or <c>assistant</c>.</param>
public sealed record SnippetMessage(string Role, string Content);

/// <summary>A chat call that is to be shown as code.</summary>
/// <param name="Origin">The address of this HiWay without a path: <c>https://hiway.example.com</c>.</param>
/// <param name="Model">A model id, an alias or a tier.</param>
public sealed record ChatSnippet(string Origin, string Model)
{
    /// <summary>The secret to write into the code; null reads it from the environment variable <see cref="KeyVariable"/>.</summary>
    /// <remarks>Set only right after a key was made, when the page shows the secret anyway.</remarks>
    public string? ApiKey { get; init; }

    public IReadOnlyList<SnippetMessage> Messages { get; init; } = [new("user", "Say hello in one sentence.")];

    public bool Stream { get; init; }

    public double? Temperature { get; init; }

    public int? MaxTokens { get; init; }

    public const string KeyVariable = "HIWAY_API_KEY";

    /// <summary>What OpenAI clients call the base URL.</summary>
    public string BaseUrl => Origin.TrimEnd('/') + "/v1";
}

/// <summary>Code in one language.</summary>
/// <param name="Id">For tabs and addresses: <c>curl</c>, <c>python</c>, <c>typescript</c>, <c>csharp</c>.</param>
/// <param name="Name">For people.</param>
/// <param name="Setup">The command that installs what the code needs; null when nothing.</param>
public sealed record Snippet(string Id, string Name, string? Setup, string Code);
