using System.Runtime.InteropServices;

namespace HiWay.Infrastructure.EventLoops;

/// <summary>
/// How Linux shares processors out, from its C library: sched(7), sched_setaffinity(2), sched_setattr(2). Since Linux 6.12 an
/// ordinary thread may ask for longer slices of time; it keeps its share, and one with shorter slices that wakes runs at once
/// instead of after the slice.
/// </summary>
internal static partial class Scheduler
{
    /// <summary>The longest that Linux grants.</summary>
    public static readonly TimeSpan LongestSlice = TimeSpan.FromMilliseconds(100);

    /// <summary>Room for 8,192 processors, as many as Linux can be built for.</summary>
    private const int MaskBytes = 1024;

    /// <summary>CLOCK_THREAD_CPUTIME_ID of clock_gettime(2).</summary>
    private const int ThreadClock = 3;

    private const uint Other = 0;
    private const uint Batch = 3;

    /// <summary>
    /// From now on a process with one thread gives way to what wakes beside it: slices of <see cref="LongestSlice"/>. Processes that it
    /// starts do likewise. Needs no rights for those of the own account.
    /// </summary>
    /// <returns>Whether the system took it: false for a process that has ended or is another account's, and where a sandbox forbids it.</returns>
    public static bool GiveWay(int process)
    {
        if (Get(process) is not { Policy: Other or Batch } now)
        {
            return false;
        }

        now.SliceNanoseconds = (ulong)LongestSlice.TotalNanoseconds;
        return SystemCall(SetAttributes, process, ref now, 0, 0) == 0;
    }

    /// <summary>The processors that the calling thread may run on, by the system's numbers; none where the system does not say.</summary>
    public static IReadOnlyList<int> Processors()
    {
        Span<byte> mask = stackalloc byte[MaskBytes];
        if (GetAffinity(0, MaskBytes, mask) != 0)
        {
            return [];
        }

        var processors = new List<int>();
        for (var number = 0; number < MaskBytes * 8; number++)
        {
            if ((mask[number / 8] >> (number % 8) & 1) == 1)
            {
                processors.Add(number);
            }
        }

        return processors;
    }

    /// <summary>The calling thread runs on one of these processors from now on. Where the system refuses, it goes on as before.</summary>
    public static void RunOn(IEnumerable<int> processors)
    {
        Span<byte> mask = stackalloc byte[MaskBytes];
        mask.Clear();
        foreach (var number in processors)
        {
            mask[number / 8] |= (byte)(1 << (number % 8));
        }

        _ = SetAffinity(0, MaskBytes, mask);
    }

    /// <summary>How long the calling thread has run on a processor.</summary>
    public static TimeSpan ThreadTime() =>
        GetTime(ThreadClock, out var time) == 0 ? TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromMicroseconds(time.Nanoseconds / 1000) : TimeSpan.Zero;

    /// <summary>What the system says of a process's first thread; null when it has ended or the system does not say.</summary>
    public static Attributes? Get(int process)
    {
        var now = new Attributes { Size = (uint)Marshal.SizeOf<Attributes>() };
        return SystemCall(GetAttributes, process, ref now, (nint)now.Size, 0) == 0 ? now : null;
    }

    private static nint SetAttributes => IsX64 ? 314 : 274;

    private static nint GetAttributes => IsX64 ? 315 : 275;

    private static bool IsX64 => RuntimeInformation.ProcessArchitecture == Architecture.X64;

    // The library has no function of its own for these two before glibc 2.41.
    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(nint number, nint process, ref Attributes attributes, nint sizeOrFlags, nint flags);

    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    private static partial int GetAffinity(int thread, nint size, Span<byte> mask);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nint size, ReadOnlySpan<byte> mask);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpec time);

    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    /// <summary><c>struct sched_attr</c> in its first version.</summary>
    public struct Attributes
    {
        public uint Size;
        public uint Policy;
        public ulong Flags;
        public int Niceness;
        public uint Priority;

        /// <summary>Of ordinary threads: 0 before Linux 6.12.</summary>
        public ulong SliceNanoseconds;
        public ulong DeadlineNanoseconds;
        public ulong PeriodNanoseconds;
    }
}
