using System.Text.Json;
using System.Text.Json.Serialization;

namespace HiWay.Infrastructure.Providers;

/// <summary>What some providers must be told beside key and address; never a secret. Stored as JSON with the credential.</summary>
public sealed record ProviderSettings
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public static ProviderSettings None { get; } = new();

    /// <summary>AWS: the region that is called and signed for (<c>eu-central-1</c>). Google Vertex: the location (<c>europe-west4</c>, <c>global</c>).</summary>
    public string? Region { get; init; }

    /// <summary>Google Vertex: the project's id.</summary>
    public string? Project { get; init; }

    /// <summary>Azure: the name of the resource, the first part of its host name.</summary>
    public string? Resource { get; init; }

    /// <summary>Azure: the dated version (<c>2024-10-21</c>) whose paths name the deployment; null is the v1 API, which needs none.</summary>
    public string? ApiVersion { get; init; }

    /// <summary>Azure: the deployment's name by the model that it runs, where the two differ.</summary>
    public IReadOnlyDictionary<string, string>? Deployments { get; init; }

    /// <summary>AWS: the geography (<c>us</c>, <c>eu</c>, <c>apac</c>, <c>global</c>) through whose inference profiles models are called; null calls them by their own ids.</summary>
    public string? InferenceProfile { get; init; }

    /// <summary>Each field as the API spells it, with its value; null where it is not set.</summary>
    public IEnumerable<(string Name, string? Value)> Named() =>
    [
        ("region", Region), ("project", Project), ("resource", Resource), ("api_version", ApiVersion), ("inference_profile", InferenceProfile),
        ("deployments", Deployments is { Count: > 0 } pairs ? string.Join(", ", pairs.Select(pair => $"{pair.Key} = {pair.Value}")) : null),
    ];

    /// <summary>Without spaces around values; what is empty is not set.</summary>
    public ProviderSettings Trimmed() => this with
    {
        Region = Value(Region)?.ToLowerInvariant(), Project = Value(Project), Resource = Value(Resource), ApiVersion = Value(ApiVersion), InferenceProfile = Value(InferenceProfile),
        Deployments = Deployments is { Count: > 0 } pairs ? pairs.ToDictionary(pair => pair.Key.Trim(), pair => pair.Value?.Trim() ?? "", StringComparer.Ordinal) : null,
    };

    private static string? Value(string? text) => text?.Trim() is { Length: > 0 } value ? value : null;

    /// <summary>As the database keeps it; null is none.</summary>
    public static ProviderSettings Read(string? json) => json is null ? None : JsonSerializer.Deserialize<ProviderSettings>(json, s_json) ?? None;

    /// <summary>Null when nothing is set.</summary>
    public string? Write() => JsonSerializer.Serialize(this, s_json) is var json and not "{}" ? json : null;
}
