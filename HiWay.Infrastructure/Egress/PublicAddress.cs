using System.Net;
using System.Net.Sockets;

namespace HiWay.Infrastructure.Egress;

/// <summary>
/// Tells addresses of the public Internet from all others: HiWay's own machine, its network, cloud metadata services. What a user
/// types as a URL must not make HiWay call those on the user's behalf.
/// </summary>
public static class PublicAddress
{
    // Special-purpose blocks of the IANA registries (RFC 6890 and its successors), and what clouds serve to their own guests:
    // 169.254.169.254 and fd00:ec2::254 lie in blocks below, Azure's 168.63.129.16 does not.
    private static readonly IPNetwork[] s_notPublic =
    [
        .. ((string[])
        [
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
            "::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
        ]).Select(IPNetwork.Parse),
    ];

    public static bool Is(IPAddress address)
    {
        var plain = Embedded(address) ?? address;
        return !s_notPublic.Any(block => block.BaseAddress.AddressFamily == plain.AddressFamily && block.Contains(plain));
    }

    /// <summary>The IPv4 address that an IPv6 one leads to (mapped, NAT64, 6to4); null for all others.</summary>
    private static IPAddress? Embedded(IPAddress address)
    {
        if (address.AddressFamily is not AddressFamily.InterNetworkV6)
        {
            return null;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        var bytes = address.GetAddressBytes();
        return bytes switch
        {
            [0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, ..] => new IPAddress(bytes.AsSpan(12, 4)),
            [0x20, 0x02, ..] => new IPAddress(bytes.AsSpan(2, 4)),
            _ => null,
        };
    }
}
