namespace HiWay.Web;

/// <summary>Names with slashes in the path of a call.</summary>
internal static class RouteText
{
    /// <summary>The name that the caller meant: clients send a slash inside it as %2F, the one escape that ASP.NET Core's routing leaves as it is.</summary>
    public static string WithSlashes(string value) => value.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
}
