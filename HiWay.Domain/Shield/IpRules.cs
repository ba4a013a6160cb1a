using System.Net;

namespace HiWay.Domain.Shield;

/// <summary>From where a workspace's keys may be used: allow beats deny, and with at least one allow rule everything else is denied.</summary>
public sealed class IpRules
{
    /// <summary>Bits before the IPv4 address in ::ffff:a.b.c.d (RFC 4291, 2.5.5.2).</summary>
    private const int MappedPrefix = 96;

    private readonly IPNetwork[] _allowed;
    private readonly IPNetwork[] _denied;

    public IpRules(IEnumerable<(IPNetwork Network, bool Allow)> rules)
    {
        var all = rules.ToArray();
        _allowed = [.. all.Where(rule => rule.Allow).Select(rule => rule.Network)];
        _denied = [.. all.Where(rule => !rule.Allow).Select(rule => rule.Network)];
    }

    /// <summary>Everybody may come.</summary>
    public static IpRules None { get; } = new([]);

    public bool IsEmpty => _allowed.Length == 0 && _denied.Length == 0;

    /// <param name="address">Null when the address is not known; then only a workspace without rules lets the call in.</param>
    public bool Admits(IPAddress? address)
    {
        if (IsEmpty)
        {
            return true;
        }

        if (address is null)
        {
            return false;
        }

        // A dual-stack socket shows IPv4 clients as ::ffff:a.b.c.d.
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return Contains(_allowed, plain) || (_allowed.Length == 0 && !Contains(_denied, plain));
    }

    /// <summary>
    /// A network such as <c>203.0.113.0/24</c> or <c>2001:db8::/32</c>; a single address is a network of one. Host bits are cut off. IPv4 written
    /// as IPv6 (<c>::ffff:203.0.113.7</c>) is IPv4, as callers' addresses are: a rule that met nobody would be worse than none.
    /// </summary>
    public static bool TryParse(string? text, out IPNetwork network)
    {
        network = default;
        if (string.IsNullOrWhiteSpace(text))
        {
            return false;
        }

        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var host = (slash < 0 ? text : text[..slash]).Trim();
        // The parser of addresses takes short and octal forms (10.1, 010.0.0.1) that two readers understand differently.
        if (!IPAddress.TryParse(host, out var address) || (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork && address.ToString() != host) || ScopeOf(address) != 0)
        {
            return false;
        }

        var bits = address.GetAddressBytes();
        var length = bits.Length * 8;
        var digits = slash < 0 ? [] : text.AsSpan(slash + 1);
        if (slash >= 0 && ((digits.Length > 1 && digits[0] == '0') || !int.TryParse(digits, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out length) || length > bits.Length * 8))
        {
            return false;
        }

        if (address.IsIPv4MappedToIPv6 && length >= MappedPrefix)
        {
            (bits, length) = (address.MapToIPv4().GetAddressBytes(), length - MappedPrefix);
        }

        for (var i = 0; i < bits.Length; i++)
        {
            var kept = Math.Clamp(length - (i * 8), 0, 8);
            bits[i] &= (byte)(0xFF << (8 - kept));
        }

        network = new IPNetwork(new IPAddress(bits), length);
        return true;
    }

    private static long ScopeOf(IPAddress address) => address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? address.ScopeId : 0;

    private static bool Contains(IPNetwork[] networks, IPAddress address)
    {
        foreach (var network in networks)
        {
            if (network.Contains(address))
            {
                return true;
            }
        }

        return false;
    }
}
