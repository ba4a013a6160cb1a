using HiWay.Infrastructure.EventLoops;
using System.Collections.Frozen;
using System.Net;
using System.Net.Sockets;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Egress;

/// <summary>The address is not one that HiWay may call. The message names the host and what would allow it.</summary>
public sealed class EgressRefusedException(string message) : IOException(message);

/// <summary>
/// Makes the handlers through which everything leaves this process: providers, tests of providers, webhooks. A name is resolved
/// here, its addresses are checked, and the connection goes to a checked address, so that a name that resolves differently a
/// moment later gains nothing. Redirects are not followed (they would lead past the check of the URL), no proxy is used (it would
/// resolve names itself), nothing is decompressed (answers are relayed as they come), no cookies are kept.
/// </summary>
public sealed class EgressHandlers(EgressOptions options)
{
    /// <summary>Hosts of the built-in providers. Their addresses are the providers' business, even where a company's DNS answers with an inner proxy.</summary>
    private static readonly FrozenSet<string> s_builtInHosts = ProviderCatalogue.All
        .Where(provider => provider.BaseUrl is { IsLoopback: false }).Select(provider => provider.BaseUrl!.Host).ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    public EgressOptions Options { get; } = options;

    /// <summary>A handler with its own connection pool; the caller keeps it as long as the feature lives.</summary>
    public SocketsHttpHandler Create() => new()
    {
        ConnectCallback = async (context, cancellationToken) => await ConnectAsync(context.DnsEndPoint, cancellationToken),
        ConnectTimeout = Options.ConnectTimeout,
        PooledConnectionLifetime = Options.ConnectionLifetime,
        PooledConnectionIdleTimeout = Options.IdleTimeout,
        MaxConnectionsPerServer = Options.MaxConnectionsPerHost,

        // An answer that is given up is not read on for the sake of its connection: the provider would go on writing it. What a
        // finished stream still owes (its last, empty chunk) is here long before.
        ResponseDrainTimeout = TimeSpan.FromMilliseconds(50),
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,   // our trace ids are not the providers' business
    };

    /// <summary>The same rules for calls of models, where every microsecond counts.</summary>
    /// <param name="loops">Where the connections are watched; null leaves them to the framework.</param>
    public HttpMessageHandler CreateForModels(EventLoopGroup? loops) => new Http1.Http1Handler(this, loops);

    /// <summary>Whether a connection to this host and address is allowed.</summary>
    internal bool Allows(string host, IPAddress address) =>
        Options.AllowPrivateNetworks || s_builtInHosts.Contains(host) || PublicAddress.Is(address);

    /// <summary>A TCP connection to a checked address.</summary>
    /// <exception cref="EgressRefusedException">The name leads to addresses that HiWay may not call.</exception>
    internal Task<NetworkStream> ConnectAsync(DnsEndPoint target, CancellationToken cancellationToken) =>
        ConnectAsync(target, OpenAsync, cancellationToken);

    /// <summary>The same with a connection of the caller's own kind.</summary>
    /// <param name="open">Connects to one address; fails with a <see cref="SocketException"/> where another address may still do.</param>
    internal async Task<T> ConnectAsync<T>(DnsEndPoint target, Func<IPEndPoint, CancellationToken, Task<T>> open, CancellationToken cancellationToken)
    {
        var resolved = await Dns.GetHostAddressesAsync(target.Host, cancellationToken);
        var allowed = resolved.Where(address => Allows(target.Host, address)).ToArray();
        if (allowed.Length == 0)
        {
            throw new EgressRefusedException(resolved.Length == 0
                ? $"The host '{target.Host}' has no address."
                : $"The host '{target.Host}' leads to a private or reserved address, which this installation does not call. The operator can allow it with Egress:AllowPrivateNetworks.");
        }

        for (var i = 0; ; i++)
        {
            try
            {
                // A dead first address (often IPv6 without a route) must leave time for the others; the last one has all that is left.
                using var turn = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                if (i < allowed.Length - 1)
                {
                    turn.CancelAfter(TimeSpan.FromSeconds(1));
                }

                return await open(new IPEndPoint(allowed[i], target.Port), turn.Token);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException && i < allowed.Length - 1 && !cancellationToken.IsCancellationRequested)
            {
            }
        }
    }

    private static async Task<NetworkStream> OpenAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
