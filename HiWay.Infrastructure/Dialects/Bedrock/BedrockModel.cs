using HiWay.Infrastructure.Dialects.AnthropicMessages;

namespace HiWay.Infrastructure.Dialects.Bedrock;

/// <summary>What a model behind the Converse API takes, read from its id: the API is one, but the models refuse fields that they do not know.</summary>
internal sealed record BedrockModel
{
    /// <summary>Geographies of inference profiles: <c>eu.anthropic.claude-…</c> is served anywhere in Europe.</summary>
    private static readonly string[] Geographies = ["us-gov.", "us.", "eu.", "apac.", "jp.", "au.", "ca.", "global."];

    /// <summary>Makers whose newer models AWS serves through inference profiles only.</summary>
    private static readonly string[] ProfiledMakers = ["anthropic.", "amazon.nova-", "meta.llama3-", "meta.llama4-", "deepseek.r1", "mistral.pixtral", "writer."];

    /// <summary>Makers whose models AWS constrains to a schema (docs.aws.amazon.com/bedrock, "Structured outputs"); Claude from 4.5 on besides.</summary>
    private static readonly string[] StructuredMakers = ["qwen.", "openai.", "deepseek.v3", "google.", "minimax.", "moonshot", "nvidia.", "mistral.ministral-3", "mistral.magistral", "mistral.mistral-large-3", "mistral.voxtral"];

    public required AnthropicModel Claude { get; init; }

    public bool IsClaude => Claude.Known;

    public bool IsNova { get; private init; }

    /// <summary>Takes <c>reasoningConfig</c>.</summary>
    public bool IsNova2 { get; private init; }

    /// <summary>OpenAI's open models: take <c>reasoning_effort</c>.</summary>
    public bool IsGptOss { get; private init; }

    public bool HasStructuredOutput { get; private init; }

    public static BedrockModel Of(string upstreamModel)
    {
        var id = WithoutGeography(upstreamModel[(upstreamModel.LastIndexOf('/') + 1)..]);   // of an ARN the last part
        var claude = AnthropicModel.Of(id);
        return new()
        {
            Claude = claude,
            IsNova = id.StartsWith("amazon.nova", StringComparison.Ordinal),
            IsNova2 = id.StartsWith("amazon.nova-2", StringComparison.Ordinal),
            IsGptOss = id.StartsWith("openai.gpt-oss", StringComparison.Ordinal),
            HasStructuredOutput = claude is { Known: true, Version: >= 405 } || Array.Exists(StructuredMakers, maker => id.StartsWith(maker, StringComparison.Ordinal)),
        };
    }

    /// <summary>The id without the geography of an inference profile, as the catalogue lists it.</summary>
    public static string WithoutGeography(string modelId) =>
        Array.Find(Geographies, geography => modelId.StartsWith(geography, StringComparison.Ordinal)) is { } found ? modelId[found.Length..] : modelId;

    /// <summary>The id to call through a geography's inference profile; the model's own where AWS has no profile for its maker.</summary>
    public static string InGeography(string modelId, string geography) =>
        Array.Exists(ProfiledMakers, maker => modelId.StartsWith(maker, StringComparison.Ordinal)) ? $"{geography}.{modelId}" : modelId;
}
