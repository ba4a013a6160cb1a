using System.Runtime.InteropServices;

namespace HiWay.Infrastructure.EventLoops;

/// <summary>
/// How Linux shares processors out, from its C library: sched(7), sched_setattr(2). Since Linux 6.12 an ordinary thread may ask for
/// longer slices of time; it keeps its share, and one with shorter slices that wakes runs at once instead of after the slice.
/// </summary>
internal static partial class Scheduler
{
    /// <summary>The longest that Linux grants.</summary>
    public static readonly TimeSpan LongestSlice = TimeSpan.FromMilliseconds(100);

    private const uint Other = 0;
    private const uint Batch = 3;

    /// <summary>The number by which the system knows the calling thread.</summary>
    public static int CurrentThread => (int)SystemCall(IsX64 ? 186 : 178);

    /// <summary>
    /// From now on a thread gives way to what wakes beside it: slices of <see cref="LongestSlice"/>, and a niceness of at least
    /// <paramref name="niceness"/>. Threads and processes that it starts do likewise. Needs no rights for threads of the own account.
    /// </summary>
    /// <param name="thread">Of any process; a process's number is that of its first thread.</param>
    /// <returns>Whether the system took it: false for a thread that has ended or is another account's, and where a sandbox forbids it.</returns>
    public static bool GiveWay(int thread, int niceness) => Change(thread, niceness, LongestSlice);

    /// <summary>The calling thread gives way no more than any other; whoever started this process may have been one that does.</summary>
    public static void TakeOrdinarySlices() => Change(CurrentThread, niceness: 0, slice: TimeSpan.Zero);

    /// <summary>What the system says of a thread; null when it has ended or the system does not say.</summary>
    public static Attributes? Get(int thread)
    {
        var now = new Attributes { Size = (uint)Marshal.SizeOf<Attributes>() };
        return SystemCall(GetAttributes, thread, ref now, (nint)now.Size, 0) == 0 ? now : null;
    }

    private static bool Change(int thread, int niceness, TimeSpan slice)
    {
        if (Get(thread) is not { Policy: Other or Batch } now)
        {
            return false;
        }

        now.Niceness = Math.Max(now.Niceness, niceness);
        now.SliceNanoseconds = (ulong)slice.TotalNanoseconds;
        return SystemCall(SetAttributes, thread, ref now, 0, 0) == 0;
    }

    private static nint SetAttributes => IsX64 ? 314 : 274;

    private static nint GetAttributes => IsX64 ? 315 : 275;

    private static bool IsX64 => RuntimeInformation.ProcessArchitecture == Architecture.X64;

    // gettid, and sched_getattr and sched_setattr, which have functions of their own since glibc 2.30 and 2.41 only.
    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(nint number);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(nint number, nint thread, ref Attributes attributes, nint sizeOrFlags, nint flags);

    /// <summary><c>struct sched_attr</c> in its first version.</summary>
    public struct Attributes
    {
        public uint Size;
        public uint Policy;
        public ulong Flags;
        public int Niceness;
        public uint Priority;

        /// <summary>Of ordinary threads: 0 is what the system says before Linux 6.12, and asks for its usual slice since.</summary>
        public ulong SliceNanoseconds;
        public ulong DeadlineNanoseconds;
        public ulong PeriodNanoseconds;
    }
}
