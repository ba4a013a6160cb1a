using HiWay.Tests.Harness;
using HiWay.Web.Gateway;
using Microsoft.Extensions.Options;

namespace HiWay.Tests.Gateway;

/// <summary>For tests of providers that keep silent: only they shorten the gateway's patience, as a busy machine keeps the others waiting too.</summary>
internal static class UpstreamPatience
{
    /// <summary>Short enough to sit out, and long enough for a provider in this process to answer while the machine is busy.</summary>
    public static readonly TimeSpan Short = TimeSpan.FromSeconds(3);

    /// <summary>The next attempts give a provider <see cref="Short"/> for its headers, its first token, and between two chunks.</summary>
    public static void GiveUpSoon(this HiWayHost host)
    {
        var options = host.Get<IOptions<GatewayOptions>>().Value;
        (options.HeadersTimeout, options.FirstTokenTimeout, options.IdleTimeout) = (Short, Short, Short);
    }
}
