namespace HiWay.Web.Accounts;

/// <summary>Addresses to return to come from the address line, where anybody can write them.</summary>
public static class LocalUrl
{
    /// <summary>The address when it leads to a page of this dashboard, else the start page.</summary>
    public static string OrHome(string? url) => IsLocal(url) ? url! : "/";

    /// <summary>A path from the root. <c>//host</c> and <c>/\host</c> are other hosts to a browser, and it drops control characters.</summary>
    public static bool IsLocal(string? url) =>
        url is ['/', ..] && url is not ['/', '/' or '\\', ..] && !url.Any(char.IsControl);
}
