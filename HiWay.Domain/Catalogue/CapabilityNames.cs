namespace HiWay.Domain.Catalogue;

/// <summary>Capabilities as the API spells them.</summary>
public static class CapabilityNames
{
    /// <summary>Every capability with its name, in the order in which lists show them.</summary>
    public static readonly IReadOnlyList<(ModelCapabilities Capability, string Name)> All =
    [
        (ModelCapabilities.Vision, "vision"),
        (ModelCapabilities.FunctionCall, "function_call"),
        (ModelCapabilities.Reasoning, "reasoning"),
        (ModelCapabilities.JsonSchema, "json_schema"),
        (ModelCapabilities.WebSearch, "web_search"),
        (ModelCapabilities.AudioInput, "audio_input"),
        (ModelCapabilities.Pdf, "pdf"),
        (ModelCapabilities.PromptCache, "prompt_cache"),
        (ModelCapabilities.ParallelFunctionCall, "parallel_function_call"),
        (ModelCapabilities.Temperature, "temperature"),
    ];

    public static IReadOnlyList<string> Of(ModelCapabilities capabilities) =>
        [.. All.Where(known => (capabilities & known.Capability) != 0).Select(known => known.Name)];

    public static ModelCapabilities? Parse(string name)
    {
        foreach (var known in All)
        {
            if (known.Name == name)
            {
                return known.Capability;
            }
        }

        return null;
    }
}
