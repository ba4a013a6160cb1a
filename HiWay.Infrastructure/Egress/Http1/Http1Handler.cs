using HiWay.Infrastructure.EventLoops;
using System.Collections.Concurrent;
using System.Net;

namespace HiWay.Infrastructure.Egress.Http1;

/// <summary>
/// Calls providers over HTTP/1.1 with as little as that takes: one pool per host, one write per request, answers read where they
/// arrive. It knows no redirects, proxies, cookies or decompression, which a relay must not have. Half the price of the
/// framework's handler per call; docs/decisions/0013-own-upstream-client.md.
/// </summary>
/// <param name="egress">Makes the connections, and refuses those to addresses that HiWay may not call.</param>
/// <param name="loops">Where the connections are watched; null leaves them to the framework.</param>
internal sealed class Http1Handler(EgressHandlers egress, EventLoopGroup? loops) : HttpMessageHandler
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<Http1Endpoint, Http1Pool> _pools = new();
    private Timer? _sweep;

    /// <exception cref="HttpRequestException">No connection could be made, it leads where HiWay may not call, or it ended before the answer's head.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var uri = request.RequestUri ?? throw new InvalidOperationException("The request has no address.");
        var pool = PoolOf(new Http1Endpoint(uri.IdnHost, uri.Port, uri.Scheme == Uri.UriSchemeHttps));
        while (true)
        {
            var again = IsInMemory(request.Content) && IsIdempotent(request.Method);
            var connection = pool.TryTake(mustBeOpen: !again);
            var reused = connection is not null;
            connection ??= await pool.ConnectAsync(cancellationToken);
            if (await connection.SendAsync(request, mayBeStale: reused && again, cancellationToken) is { } response)
            {
                return response;
            }

            // The provider has closed the idle connection, most likely before it saw the request; that is nobody's failure.
        }
    }

    protected override void Dispose(bool disposing)
    {
        _sweep?.Dispose();
        foreach (var pool in _pools.Values)
        {
            pool.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>
    /// Whether doing it twice is as good as once (RFC 9110, 9.2.2). A call of a model is not: a provider that had read it before its connection
    /// ended may bill both. It goes out on a kept connection only when that is found open in the moment before, and then once.
    /// </summary>
    private static bool IsIdempotent(HttpMethod method) =>
        method == HttpMethod.Get || method == HttpMethod.Head || method == HttpMethod.Put || method == HttpMethod.Delete || method == HttpMethod.Options;

    /// <summary>So a second connection can take it too.</summary>
    internal static bool IsInMemory(HttpContent? content) => content is null or ReadOnlyMemoryContent or ByteArrayContent;

    private Http1Pool PoolOf(Http1Endpoint endpoint)
    {
        if (_pools.TryGetValue(endpoint, out var known))
        {
            return known;
        }

        LazyInitializer.EnsureInitialized(ref _sweep, () => new Timer(_ => Sweep(), null, SweepInterval, SweepInterval));
        return _pools.GetOrAdd(endpoint, static (wanted, with) => new Http1Pool(wanted, with.egress, with.loops), (egress, loops));
    }

    private void Sweep()
    {
        foreach (var pool in _pools.Values)
        {
            pool.CloseIdle();
        }
    }
}

/// <summary>Where connections of one pool lead.</summary>
internal readonly record struct Http1Endpoint(string Host, int Port, bool Tls)
{
    private const int HttpPort = 80;
    private const int HttpsPort = 443;

    public DnsEndPoint Address => new(Host, Port);

    /// <summary>With the port where it is not the usual one, an IPv6 address in brackets and without its zone.</summary>
    public string HostHeader
    {
        get
        {
            var host = Host.Contains(':') ? $"[{Host.Split('%')[0]}]" : Host;
            return Port == (Tls ? HttpsPort : HttpPort) ? host : $"{host}:{Port}";
        }
    }
}
