namespace HiWay.Web.Pages.Layout;

/// <summary>How this browser wants pages: read from cookies, so that prerendering already knows.</summary>
/// <param name="Theme"><c>light</c>, <c>dark</c> or <c>system</c>.</param>
/// <param name="ZoneId">The browser's IANA time zone; null until shell.js has written it.</param>
public sealed record Look(string Theme, string? ZoneId)
{
    public const string ThemeCookie = "hw_theme";
    public const string ZoneCookie = "hw_zone";

    public static Look Default { get; } = new("system", null);

    /// <summary>Media query under which the light (dark) style sheet of the component library applies.</summary>
    public string LightMedia => Theme switch { "light" => "all", "dark" => "not all", _ => "not (prefers-color-scheme: dark)" };

    public string DarkMedia => Theme switch { "dark" => "all", "light" => "not all", _ => "(prefers-color-scheme: dark)" };

    /// <summary>Cookies are the visitor's to write: what is not one of our values counts as unset.</summary>
    public static Look Of(IRequestCookieCollection cookies)
    {
        var zone = cookies[ZoneCookie];
        return new(
            cookies[ThemeCookie] is "light" or "dark" ? cookies[ThemeCookie]! : "system",
            zone is { Length: > 0 and < 64 } && TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _) ? zone : null);
    }
}
