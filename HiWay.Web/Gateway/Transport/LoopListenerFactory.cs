using System.Net;
using System.Net.Sockets;
using HiWay.Infrastructure.EventLoops;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace HiWay.Web.Gateway.Transport;

/// <summary>Lets Kestrel's connections be read and written on event loops; docs/decisions/0018-event-loops.md.</summary>
internal sealed class LoopListenerFactory(EventLoopGroup loops, IMemoryPoolFactory<byte> memory) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private const int Backlog = 512;

    public bool CanBind(EndPoint endpoint) => endpoint is IPEndPoint or UnixDomainSocketEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        Socket socket;
        try
        {
            socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        }
        catch (SocketException taken) when (taken.SocketErrorCode is SocketError.AddressAlreadyInUse)
        {
            throw new AddressInUseException(taken.Message, taken);   // what Kestrel knows; its own exception names the address
        }

        try
        {
            socket.Listen(Backlog);
            return new(new LoopListener(socket, loops, memory));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>Takes connections in, each for the loop whose turn it is.</summary>
internal sealed class LoopListener(Socket socket, EventLoopGroup loops, IMemoryPoolFactory<byte> memory) : IConnectionListener
{
    private readonly System.Buffers.MemoryPool<byte> _memory = memory.Create();

    public EndPoint EndPoint { get; } = socket.LocalEndPoint!;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            Socket accepted;
            try
            {
                accepted = await socket.AcceptAsync(cancellationToken);
            }
            catch (Exception ended) when (ended is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return null;
            }
            catch (SocketException)
            {
                continue;   // this one went before it was taken in; the next may stay
            }

            try
            {
                if (accepted.ProtocolType is ProtocolType.Tcp)
                {
                    accepted.NoDelay = true;
                }

                var connection = new LoopConnection(new LoopSocket(accepted, loops.Next), _memory);
                connection.Start();
                return connection;
            }
            catch (Exception gone) when (gone is SocketException or IOException)
            {
                accepted.Dispose();
            }
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        socket.Dispose();
        return default;
    }

    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        _memory.Dispose();
        return default;
    }
}
