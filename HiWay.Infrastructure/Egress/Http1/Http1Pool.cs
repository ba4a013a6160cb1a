using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using HiWay.Infrastructure.EventLoops;

namespace HiWay.Infrastructure.Egress.Http1;

/// <summary>The open connections to one host. The one used last is used next, so that the others can grow old and go.</summary>
internal sealed class Http1Pool(Http1Endpoint endpoint, EgressHandlers egress, EventLoopGroup? loops) : IDisposable
{
    /// <summary>
    /// A loop's thread has heard of every end up to its last round, so what it put away in an earlier one need not be asked about: a system call
    /// saved under load. After a longer time a server may just be closing what was idle, and is asked.
    /// </summary>
    private static readonly TimeSpan s_justUsed = TimeSpan.FromMilliseconds(10);

    /// <summary>Connections that are looked at for a better one than the first that will do; asking the system costs as much.</summary>
    private const int MostLookedAt = 32;

    private readonly Lock _gate = new();
    private readonly List<Http1Connection> _idle = [];
    private readonly SemaphoreSlim _room = new(egress.Options.MaxConnectionsPerHost);
    private bool _disposed;

    /// <summary>What the Host header of its requests says (RFC 9110, 7.2).</summary>
    public string Host { get; } = endpoint.HostHeader;

    /// <summary>An idle connection that is still open, or null.</summary>
    /// <param name="mustBeOpen">Asks the system too, which knows of an end that has not been said yet; for requests that cannot be sent again.</param>
    public Http1Connection? TryTake(bool mustBeOpen)
    {
        var (loop, now) = (loops?.Current, Stopwatch.GetTimestamp());
        while (true)
        {
            Http1Connection connection;
            lock (_gate)
            {
                if (_idle.Count == 0)
                {
                    return null;
                }

                var at = Best(loop);
                connection = _idle[at];
                _idle.RemoveAt(at);
            }

            var isKnown = loop is not null && connection.Loop == loop && connection.IdleRound is { } round && round != loop.Round && Stopwatch.GetElapsedTime(connection.IdleSince, now) < s_justUsed;
            if (!IsOld(connection, now) && connection.IsQuiet(mustBeOpen && !isKnown))
            {
                connection.ComeTo(loop);
                return connection;
            }

            connection.Dispose();
        }
    }

    /// <summary>
    /// Best one of the loop that the call runs on, as its answer then needs no other thread, and of those one that the loop has heard of since
    /// it was put away. Otherwise the one used last.
    /// </summary>
    private int Best(EventLoop? loop)
    {
        var (last, own) = (_idle.Count - 1, -1);
        for (var at = last; loop is not null && at >= 0 && (own < 0 || last - at < MostLookedAt); at--)
        {
            if (_idle[at].Loop == loop)
            {
                own = own < 0 ? at : own;
                if (_idle[at].IdleRound != loop.Round)
                {
                    return at;
                }
            }
        }

        return own < 0 ? last : own;
    }

    public async ValueTask<Http1Connection> ConnectAsync(CancellationToken cancellationToken)
    {
        await _room.WaitAsync(cancellationToken);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(egress.Options.ConnectTimeout);
            return await OpenAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            _room.Release();
            throw new HttpRequestException(HttpRequestError.ConnectionError, $"No connection to {endpoint.Host} within {egress.Options.ConnectTimeout.TotalSeconds:0.#} s.");
        }
        catch (SocketException failed)
        {
            _room.Release();
            var kind = failed.SocketErrorCode is SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData
                ? HttpRequestError.NameResolutionError : HttpRequestError.ConnectionError;
            throw new HttpRequestException(kind, $"{failed.Message} ({endpoint.Host}:{endpoint.Port})", failed);
        }
        catch (EgressRefusedException refused)
        {
            _room.Release();
            throw new HttpRequestException(HttpRequestError.ConnectionError, refused.Message, refused);
        }
        catch
        {
            _room.Release();
            throw;
        }
    }

    /// <summary>Takes a connection back whose answer was read to its end.</summary>
    public void Return(Http1Connection connection)
    {
        connection.IdleSince = Stopwatch.GetTimestamp();
        connection.IdleRound = connection.Loop is { } loop && loop == loops?.Current ? loop.Round : null;
        lock (_gate)
        {
            if (!_disposed)
            {
                _idle.Add(connection);
                return;
            }
        }

        connection.Dispose();
    }

    /// <summary>Called once per connection when it has been closed.</summary>
    public void Closed() => _room.Release();

    /// <summary>Closes what has been idle too long; what stands first was used longest ago.</summary>
    public void CloseIdle()
    {
        List<Http1Connection> old;
        var now = Stopwatch.GetTimestamp();
        lock (_gate)
        {
            old = _idle.FindAll(connection => IsOld(connection, now));
            if (old.Count > 0)
            {
                _idle.RemoveAll(old.Contains);
            }
        }

        old.ForEach(static connection => connection.Dispose());
    }

    public void Dispose()
    {
        List<Http1Connection> all;
        lock (_gate)
        {
            _disposed = true;
            all = [.. _idle];
            _idle.Clear();
        }

        all.ForEach(static connection => connection.Dispose());
    }

    private bool IsOld(Http1Connection connection, long now) =>
        Stopwatch.GetElapsedTime(connection.IdleSince, now) > egress.Options.IdleTimeout
        || Stopwatch.GetElapsedTime(connection.OpenedAt, now) > egress.Options.ConnectionLifetime;

    private async ValueTask<Http1Connection> OpenAsync(CancellationToken cancellationToken)
    {
        Stream plain;
        Socket socket;
        LoopSocket? looped = null;
        if (loops is null)
        {
            var stream = await egress.ConnectAsync(endpoint.Address, cancellationToken);
            (plain, socket) = (stream, stream.Socket);
        }
        else
        {
            var loop = loops.CurrentOrNext;
            looped = await egress.ConnectAsync(endpoint.Address, (address, stop) => LoopSocket.ConnectAsync(address, loop, stop), cancellationToken);
            (plain, socket) = (new LoopStream(looped), looped.Socket);
        }

        if (!endpoint.Tls)
        {
            return new Http1Connection(this, socket, looped, plain);
        }

        var tls = new SslStream(plain);
        try
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions { TargetHost = endpoint.Host, ApplicationProtocols = [SslApplicationProtocol.Http11] }, cancellationToken);
            return new Http1Connection(this, socket, looped, tls);
        }
        catch (Exception failed) when (failed is AuthenticationException or IOException)
        {
            await tls.DisposeAsync();
            throw new HttpRequestException(HttpRequestError.SecureConnectionError, $"No TLS connection to {endpoint.Host}: {failed.Message}", failed);
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }
    }
}
