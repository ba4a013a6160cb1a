using System.Runtime.InteropServices;

namespace HiWay.Infrastructure.EventLoops;

/// <summary>The system calls behind an event loop, from Linux's C library (epoll(7), eventfd(2)). All but <see cref="Wait"/> return at once.</summary>
internal static partial class Epoll
{
    public const uint Readable = 0x1;
    public const uint Writable = 0x4;
    public const uint Error = 0x8;
    public const uint HangUp = 0x10;
    public const uint PeerClosed = 0x2000;
    public const uint EdgeTriggered = 1u << 31;

    public const int Add = 1;
    public const int Delete = 2;

    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;

    /// <summary>Bytes of one event: 32 bits of flags and 64 of data, packed on x86-64 and aligned elsewhere.</summary>
    public static readonly int EventSize = IsPacked ? 12 : 16;

    /// <summary>Where in an event its data begin.</summary>
    public static readonly int DataOffset = IsPacked ? 4 : 8;

    private static bool IsPacked => RuntimeInformation.ProcessArchitecture == Architecture.X64;

    public static int Create() => Checked(EpollCreate(CloseOnExec));

    public static int CreateEvent() => Checked(EventFd(0, CloseOnExec | NonBlocking));

    public static void Control(int epoll, int operation, int descriptor, uint flags, long data)
    {
        Span<byte> change = stackalloc byte[16];
        MemoryMarshal.Write(change, flags);
        MemoryMarshal.Write(change[DataOffset..], data);
        Checked(EpollControl(epoll, operation, descriptor, ref MemoryMarshal.GetReference(change)));
    }

    /// <summary>Waits for events without a time limit; how many were written into <paramref name="events"/>.</summary>
    public static int Wait(int epoll, Span<byte> events)
    {
        var count = EpollWait(epoll, ref MemoryMarshal.GetReference(events), events.Length / EventSize, -1);
        return count >= 0 ? count : Marshal.GetLastPInvokeError() == Interrupted ? 0 : throw Failure();
    }

    public static void Signal(int eventDescriptor)
    {
        Span<byte> one = stackalloc byte[8];
        MemoryMarshal.Write(one, 1L);
        _ = Write(eventDescriptor, ref MemoryMarshal.GetReference(one), one.Length);
    }

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int descriptor);

    private const int Interrupted = 4;

    private static int Checked(int result) => result >= 0 ? result : throw Failure();

    private static IOException Failure() => new($"The system refused an event loop's call: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int EpollControl(int epoll, int operation, int descriptor, ref byte change);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int EpollWait(int epoll, ref byte events, int maxEvents, int timeoutMs);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventFd(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, ref byte bytes, nint length);
}
