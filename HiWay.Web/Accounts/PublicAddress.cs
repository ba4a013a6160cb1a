namespace HiWay.Web.Accounts;

/// <summary>The dashboard's own address in links that leave it: mails and invitations.</summary>
public sealed class PublicAddress(IConfiguration configuration)
{
    /// <summary>
    /// The setting <c>PublicUrl</c> where it is set, without a slash at the end; else the address that this request used. Anybody can send any
    /// <c>Host</c> header, so an installation that mails links to strangers should set it.
    /// </summary>
    public string For(HttpRequest request) => configuration["PublicUrl"] is { Length: > 0 } set
        ? set.TrimEnd('/')
        : $"{request.Scheme}://{request.Host}{request.PathBase}";
}
