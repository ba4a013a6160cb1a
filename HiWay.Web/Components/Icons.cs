using System.Collections.Frozen;

namespace HiWay.Web.Components;

/// <summary>The dashboard's icons: strokes on a 24 × 24 grid. An icon is decoration; its control carries the words.</summary>
public static class Icons
{
    private static readonly FrozenDictionary<string, string> s_paths = new Dictionary<string, string>
    {
        // navigation
        ["gauge"] = "<path d='M4.5 18a9 9 0 1 1 15 0'/><path d='M12 14l4-5'/><circle cx='12' cy='14.5' r='1.2'/>",
        ["chart"] = "<path d='M4 20V10M10 20V4M16 20v-8M22 20H2'/>",
        ["list"] = "<path d='M9 6h12M9 12h12M9 18h12'/><path d='M4 6h.01M4 12h.01M4 18h.01' stroke-width='2.6'/>",
        ["terminal"] = "<rect x='3' y='4' width='18' height='16' rx='3'/><path d='M7.5 9.5l3 2.5-3 2.5M13 15h3.5'/>",
        ["key"] = "<circle cx='8' cy='15' r='4.2'/><path d='M11 12l8-8M16 7l3 3M13.5 9.5l2 2'/>",
        ["plug"] = "<path d='M9 3v5M15 3v5M6.5 8h11v3.5a5.5 5.5 0 0 1-11 0zM12 17v4'/>",
        ["cube"] = "<path d='M12 2.8l8 4.6v9.2l-8 4.6-8-4.6V7.4z'/><path d='M4.3 7.5L12 12l7.7-4.5M12 12v9'/>",
        ["users"] = "<circle cx='9' cy='8' r='3.5'/><path d='M2.5 20a6.5 6.5 0 0 1 13 0M16 4.8a3.5 3.5 0 0 1 0 6.4M18.5 14.4A6.5 6.5 0 0 1 21.5 20'/>",
        ["history"] = "<path d='M3.5 12a8.5 8.5 0 1 0 2.6-6.1L3.5 8.4'/><path d='M3.5 3.8v4.6h4.6M12 7.5V12l3.2 2'/>",
        ["sliders"] = "<path d='M3 7h9M18 7h3M3 17h3M12 17h9'/><circle cx='15' cy='7' r='2.6'/><circle cx='9' cy='17' r='2.6'/>",
        ["book"] = "<path d='M12 6.5C10.5 5 8 4.5 4 4.5v13.500c4 0 6.5.5 8 2 1.5-1.5 4-2 8-2V4.5c-4 0-6.5.5-8 2zM12 6.5V20'/>",
        ["shield"] = "<path d='M12 3l7.5 2.8v5.4c0 4.7-3.1 8-7.5 9.8-4.4-1.8-7.5-5.1-7.5-9.8V5.8z'/>",

        ["bell"] = "<path d='M6 10a6 6 0 0 1 12 0c0 5 2 6.5 2 6.5H4S6 15 6 10zM10 20a2.2 2.2 0 0 0 4 0'/>",

        // actions
        ["search"] = "<circle cx='11' cy='11' r='6.5'/><path d='M16 16l4.5 4.5'/>",
        ["plus"] = "<path d='M12 5v14M5 12h14'/>",
        ["x"] = "<path d='M6 6l12 12M18 6L6 18'/>",
        ["check"] = "<path d='M5 12.5l4.5 4.5L19 7.5'/>",
        ["copy"] = "<rect x='9' y='9' width='11' height='11' rx='2.5'/><path d='M15 9V6.5A2.5 2.5 0 0 0 12.5 4h-6A2.5 2.5 0 0 0 4 6.5v6A2.5 2.5 0 0 0 6.5 15H9'/>",
        ["edit"] = "<path d='M4 20l1-4L16.5 4.5a2.1 2.1 0 0 1 3 3L8 19zM14.5 6.5l3 3'/>",
        ["trash"] = "<path d='M4 6.5h16M9.5 6.5V4h5v2.5M6.5 6.5L7.5 20h9l1-13.5M10.5 10.5v6M13.5 10.5v6'/>",
        ["refresh"] = "<path d='M20 11a8 8 0 0 0-14.2-4.2L4 8.5M4 4v4.5h4.5M4 13a8 8 0 0 0 14.2 4.2l1.8-1.7M20 20v-4.5h-4.5'/>",
        ["rotate"] = "<path d='M20 12a8 8 0 1 1-2.4-5.7L20 8.5M20 4v4.5h-4.5'/>",
        ["download"] = "<path d='M12 4v11M7.5 11l4.5 4.5 4.5-4.5M4 20h16'/>",
        ["external"] = "<path d='M14 4h6v6M20 4l-9 9M18 14v4.5a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 4 18.5v-11A1.5 1.5 0 0 1 5.5 6H10'/>",
        ["filter"] = "<path d='M4 6h16M7 12h10M10 18h4'/>",
        ["play"] = "<path d='M7 4.5v15l12.5-7.5z'/>",
        ["stop"] = "<rect x='6' y='6' width='12' height='12' rx='2'/>",
        ["send"] = "<path d='M12 19V5M6 11l6-6 6 6'/>",
        ["thumb-up"] = "<path d='M7.5 11v9H4.5v-9zM7.5 11l4-7.5c1.6 0 2.5 1.2 2.2 2.8L13 9.5h5.2a1.8 1.8 0 0 1 1.8 2.2l-1.4 6.6a2.2 2.2 0 0 1-2.2 1.7H7.5'/>",
        ["thumb-down"] = "<path d='M7.5 13V4H4.5v9zM7.5 13l4 7.5c1.6 0 2.5-1.2 2.2-2.8L13 14.5h5.2a1.8 1.8 0 0 0 1.8-2.2l-1.4-6.6A2.2 2.2 0 0 0 16.4 4H7.5'/>",
        ["eye"] = "<path d='M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z'/><circle cx='12' cy='12' r='2.8'/>",
        ["sign-out"] = "<path d='M10 4H6.5A1.5 1.5 0 0 0 5 5.5v13A1.5 1.5 0 0 0 6.5 20H10M15 8l4 4-4 4M19 12H10'/>",
        ["mail"] = "<rect x='3' y='5' width='18' height='14' rx='2.5'/><path d='M4 7l8 6 8-6'/>",
        ["link"] = "<path d='M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1'/>",
        ["lock"] = "<rect x='4.5' y='10.5' width='15' height='10' rx='2.5'/><path d='M8 10.5V7.5a4 4 0 0 1 8 0v3'/>",
        ["menu"] = "<path d='M4 7h16M4 12h16M4 17h16'/>",
        ["dots"] = "<path d='M5.5 12h.01M12 12h.01M18.5 12h.01' stroke-width='2.8'/>",
        ["table"] = "<rect x='3.5' y='4.5' width='17' height='15' rx='2.5'/><path d='M3.5 9.5h17M3.5 14.5h17M10 9.5v10'/>",
        ["calendar"] = "<rect x='3.5' y='5' width='17' height='15.5' rx='2.5'/><path d='M3.5 10h17M8 3v4M16 3v4'/>",

        // directions
        ["chevron-down"] = "<path d='M6 9l6 6 6-6'/>",
        ["chevron-up"] = "<path d='M6 15l6-6 6 6'/>",
        ["chevron-right"] = "<path d='M9 6l6 6-6 6'/>",
        ["chevron-left"] = "<path d='M15 6l-6 6 6 6'/>",
        ["chevrons"] = "<path d='M8 9.5l4-4 4 4M8 14.5l4 4 4-4'/>",
        ["arrow-up"] = "<path d='M12 19V5M6 11l6-6 6 6'/>",
        ["arrow-down"] = "<path d='M12 5v14M6 13l6 6 6-6'/>",
        ["arrow-right"] = "<path d='M5 12h14M13 6l6 6-6 6'/>",

        // states and things
        ["info"] = "<circle cx='12' cy='12' r='8.5'/><path d='M12 11v5M12 8h.01'/>",
        ["warning"] = "<path d='M12 4l9 15.5H3zM12 10v4.5M12 17h.01'/>",
        ["error"] = "<circle cx='12' cy='12' r='8.5'/><path d='M12 7.5v5M12 16h.01'/>",
        ["bolt"] = "<path d='M13 3L5 13.5h6L10 21l8-10.5h-6z'/>",
        ["clock"] = "<circle cx='12' cy='12' r='8.5'/><path d='M12 7v5l3.2 2'/>",
        ["coin"] = "<circle cx='12' cy='12' r='8.5'/><path d='M14.8 9.2c-.5-1-1.5-1.5-2.8-1.5-1.7 0-2.8.8-2.8 2.1 0 3 5.7 1.4 5.7 4.4 0 1.3-1.2 2.1-2.9 2.1-1.4 0-2.5-.6-3-1.6M12 6v12'/>",
        ["leaf"] = "<path d='M5 19c0-9 5-14 15-14 0 10-5 15-14 14M5 19c2-4 5-7 9-9'/>",
        ["layers"] = "<path d='M12 3.5l9 4.8-9 4.8-9-4.8zM3.5 13l8.5 4.6 8.5-4.6M3.5 17l8.5 4.5 8.5-4.5' />",
        ["sun"] = "<circle cx='12' cy='12' r='4'/><path d='M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4'/>",
        ["moon"] = "<path d='M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z'/>",
        ["monitor"] = "<rect x='3' y='4.5' width='18' height='12' rx='2.5'/><path d='M8.5 20.5h7M12 16.5v4'/>",
        ["user"] = "<circle cx='12' cy='8' r='3.8'/><path d='M4.5 20.5a7.5 7.5 0 0 1 15 0'/>",
        ["globe"] = "<circle cx='12' cy='12' r='8.5'/><path d='M3.5 12h17M12 3.5c2.5 2.4 3.7 5.2 3.7 8.5S14.5 18.1 12 20.5C9.5 18.1 8.3 15.3 8.3 12S9.5 5.9 12 3.5z'/>",
        ["spark"] = "<path d='M12 3l2 6.5L20.5 12 14 14l-2 7-2-7-6.5-2L10 9.5z'/>",
        ["route"] = "<circle cx='6' cy='18.5' r='2.5'/><circle cx='18' cy='5.5' r='2.5'/><path d='M8.5 18.5H15a3.5 3.5 0 0 0 0-7H9a3 3 0 0 1 0-6h6.5'/>",
        ["webhook"] = "<path d='M8.5 8L4.5 12l4 4M15.5 8l4 4-4 4M13.2 5.500l-2.400 13'/>",
        ["hash"] = "<path d='M9.5 4L7.500 20M16.500 4L14.500 20M4.500 9h16M3.500 15h16'/>",
        ["chat"] = "<path d='M4 5.500h16v11.500h-9L6.500 20.500V17H4z'/>",
        ["inbox"] = "<path d='M4 13l2.5-8h11L20 13v5.5a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 18.5zM4 13h5l1.2 2.5h3.6L15 13h5'/>",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static IEnumerable<string> Names => s_paths.Keys;

    /// <exception cref="ArgumentException">There is no such icon; a page with a typo fails its first look, not silently.</exception>
    public static string Path(string name) => s_paths.TryGetValue(name, out var path) ? path : throw new ArgumentException($"There is no icon named '{name}'.", nameof(name));
}
