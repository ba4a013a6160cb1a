using System.Net;
using HiWay.Domain.Shield;
using Microsoft.AspNetCore.HttpOverrides;

namespace HiWay.Web.Proxies;

/// <summary>
/// The proxies in front of HiWay, by the setting <c>Proxies:Known</c>. A request that comes from one of them counts as coming from
/// the client that it names in <c>X-Forwarded-For</c>, and as HTTPS where <c>X-Forwarded-Proto</c> says so: for IP rules, limits by
/// address, the audit log and links. From anywhere else these headers say nothing, since anyone can write them.
/// </summary>
/// <param name="Networks">Empty where the setting is.</param>
public sealed record KnownProxies(IReadOnlyList<System.Net.IPNetwork> Networks)
{
    private const string Setting = "Proxies:Known";

    /// <summary>Stands for this machine's own addresses.</summary>
    private const string Loopback = "loopback";

    /// <exception cref="InvalidOperationException">An entry is no address and no network.</exception>
    internal static KnownProxies From(IConfiguration configuration)
    {
        var section = configuration.GetSection(Setting);
        var entries = (section.Get<string[]>() ?? []).Append(section.Value ?? "")
            .SelectMany(entry => entry.Split([',', ' ', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Distinct(StringComparer.OrdinalIgnoreCase);
        var networks = new List<System.Net.IPNetwork>();
        var problems = new List<string>();
        foreach (var entry in entries)
        {
            if (entry.Equals(Loopback, StringComparison.OrdinalIgnoreCase))
            {
                networks.Add(new(IPAddress.Parse("127.0.0.0"), 8));
                networks.Add(new(IPAddress.IPv6Loopback, 128));
            }
            else if (!IpRules.TryParse(entry, out var network))
            {
                problems.Add($"`{Setting}` has '{entry}', which is no address, no network and not '{Loopback}'. Example: 10.0.3.7, 192.0.2.0/28.");
            }
            else if (network.PrefixLength == 0)
            {
                problems.Add($"`{Setting}` has '{entry}', which is every address: any caller could then say where it comes from. Name the proxies alone.");
            }
            else
            {
                networks.Add(network);
            }
        }

        return problems.Count == 0 ? new(networks) : throw new InvalidOperationException(string.Join(Environment.NewLine, problems));
    }
}

internal static class ProxiesRegistration
{
    public static IServiceCollection AddProxies(this IServiceCollection services, IConfiguration configuration) =>
        services.AddSingleton(KnownProxies.From(configuration));

    /// <summary>Before everything that looks at where a request comes from. Costs a call nothing where no proxy is known.</summary>
    public static void UseProxies(this WebApplication app)
    {
        var known = app.Services.GetRequiredService<KnownProxies>();
        if (known.Networks.Count == 0)
        {
            return;
        }

        // Not the host: many proxies hand on what a client writes there. Mails and links take PublicUrl.
        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto,
            ForwardLimit = null,   // from the right, as long as the one who wrote the entry is a known proxy itself
        };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var network in known.Networks)
        {
            options.KnownIPNetworks.Add(network);
        }

        app.UseForwardedHeaders(options);
    }
}
