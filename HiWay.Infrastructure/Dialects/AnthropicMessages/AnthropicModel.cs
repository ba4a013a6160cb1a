using System.Globalization;
using System.Text.RegularExpressions;
using HiWay.Domain.Catalogue;

namespace HiWay.Infrastructure.Dialects.AnthropicMessages;

/// <summary>
/// What a model takes, read from its name, because Anthropic's API refuses fields by model generation and the catalogue does not say
/// which. Names that are not Anthropic's (compatible servers) get the oldest, most widely copied form.
/// </summary>
internal sealed partial record AnthropicModel(bool Known, int Version)
{
    /// <summary>4.6 is 406, 3 is 300.</summary>
    public static AnthropicModel Of(string upstreamModel)
    {
        var name = Name().Match(upstreamModel);
        if (!name.Success)
        {
            return new(false, 0);
        }

        var major = name.Groups["major"].Value is { Length: > 0 } after ? after : name.Groups["oldMajor"].Value;
        var minor = name.Groups["minor"].Value is { Length: > 0 } afterMinor ? afterMinor : name.Groups["oldMinor"].Value;
        return new(true,
            (int.Parse(major, CultureInfo.InvariantCulture) * 100) + (minor.Length > 0 ? int.Parse(minor, CultureInfo.InvariantCulture) : 0));
    }

    /// <summary>Thinks as much as the question needs (<c>thinking: adaptive</c> with an effort) instead of within a token budget.</summary>
    public bool Adaptive => Version >= 406;

    /// <summary>Takes the effort <c>xhigh</c> between <c>high</c> and <c>max</c>.</summary>
    public bool HasExtraHigh => Version >= 407;

    /// <summary>Refuses temperature, top_p and top_k (Opus 4.7 and later, Fable).</summary>
    public bool RefusesSampling => Version >= 407;

    /// <summary>Refuses temperature beside top_p.</summary>
    public bool TakesOneOfTemperatureAndTopP => Version >= 401;

    /// <summary>Refuses a conversation that ends with the assistant's turn.</summary>
    public bool RefusesPrefill => Version >= 406;

    /// <summary>Takes <c>output_config.format</c> and strict tools.</summary>
    public bool HasStructuredOutput => Version >= 401;

    public static bool RefusesSamplingByCatalogue(ModelEntry model) => model.CapabilitiesKnown && !model.Can(ModelCapabilities.Temperature);

    // claude-3-5-sonnet-20241022, claude-3-opus-latest; claude-sonnet-4-5-20250929, claude-opus-4-20250514, claude-fable-5.
    [GeneratedRegex(@"claude-(?:(?<oldMajor>\d)(?:-(?<oldMinor>\d))?-(?:opus|sonnet|haiku)|(?<family>[a-z]+)-(?<major>\d{1,2})(?:[-.](?<minor>\d{1,2}))?(?![\d]))")]
    private static partial Regex Name();
}
