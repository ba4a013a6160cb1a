using Microsoft.Extensions.Options;

namespace HiWay.Infrastructure.Contents;

/// <summary>Section <c>Contents</c> of the settings: prompts and answers of the workspaces that keep them.</summary>
public sealed class ContentOptions
{
    public const string Section = "Contents";

    public int RetentionDays { get; set; } = 30;

    /// <summary>Of each text, in characters; what is longer is cut.</summary>
    public int MaxCharacters { get; set; } = 200_000;
}

/// <summary>Lists all that is wrong, each with its full name.</summary>
internal sealed class ContentOptionsCheck : IValidateOptions<ContentOptions>
{
    public ValidateOptionsResult Validate(string? name, ContentOptions options)
    {
        var wrong = new List<string>();
        if (options.RetentionDays is < 1 or > 3_650)
        {
            wrong.Add($"'Contents:RetentionDays' is {options.RetentionDays}, not from 1 to 3650. Example: 30.");
        }

        if (options.MaxCharacters is < 1_000 or > 10_000_000)
        {
            wrong.Add($"'Contents:MaxCharacters' is {options.MaxCharacters}, not from 1000 to 10000000. Example: 200000.");
        }

        return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }
}
