using Microsoft.Extensions.Configuration;

namespace HiWay.Infrastructure.Egress;

/// <summary>The section <c>Egress</c>: how HiWay calls out, to providers and to webhooks.</summary>
public sealed class EgressOptions
{
    /// <summary>
    /// Lets provider base URLs and webhooks lead to private, loopback and link-local addresses. For machines whose users are also
    /// their administrators; elsewhere any member could make HiWay call what only HiWay can reach.
    /// </summary>
    public bool AllowPrivateNetworks { get; set; }

    /// <summary>From the name's resolution to the end of the TCP handshake.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>A connection older than this takes no new call, so that changes of DNS are followed.</summary>
    public TimeSpan ConnectionLifetime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Most providers close idle connections after one to two minutes; ours go first, or a call would meet a closed one.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(55);

    /// <summary>Per upstream host.</summary>
    public int MaxConnectionsPerHost { get; set; } = 4096;

    internal static EgressOptions From(IConfiguration configuration)
    {
        var options = configuration.GetSection("Egress").Get<EgressOptions>() ?? new EgressOptions();
        string[] problems =
        [
            .. Check(options.ConnectTimeout > TimeSpan.Zero, "Egress:ConnectTimeout must be longer than zero. Example: 00:00:05."),
            .. Check(options.ConnectionLifetime > TimeSpan.Zero, "Egress:ConnectionLifetime must be longer than zero. Example: 00:10:00."),
            .. Check(options.IdleTimeout > TimeSpan.Zero, "Egress:IdleTimeout must be longer than zero. Example: 00:00:55."),
            .. Check(options.MaxConnectionsPerHost > 0, "Egress:MaxConnectionsPerHost must be at least 1. Example: 4096."),
        ];
        return problems.Length == 0 ? options : throw new InvalidOperationException(string.Join(Environment.NewLine, problems));
    }

    private static IEnumerable<string> Check(bool good, string problem) => good ? [] : [problem];
}
