using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using HiWay.Domain.Pricing;

namespace HiWay.Infrastructure.Metering.Journal;

/// <summary>
/// How far each call under way has come, in a file that is mapped into memory beside <see cref="OpenCalls"/>, a place for each of its
/// slots. A place has two halves and says which one holds; a change goes into the other one, so a process that is killed in the middle
/// leaves the state before. One call writes to a place at a time.
/// </summary>
internal sealed unsafe class ProgressSlots : IDisposable
{
    /// <summary>Four lines of a processor's cache, so that calls on different processors share none.</summary>
    public const int PlaceBytes = 256;

    private const int FirstHalf = 16;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly string _path;
    private readonly byte* _memory;
    private readonly ulong[] _owners;
    private bool _dirty;

    /// <exception cref="IOException">The disk has no room for it.</exception>
    public ProgressSlots(string path, int slots)
    {
        _path = path;
        _file = MappedFiles.Create(path, (long)slots * PlaceBytes);
        _view = _file.CreateViewAccessor();
        _owners = new ulong[slots + 1];

        // The memory stays mapped until the view itself is collected, so a call that ends after Dispose still writes to something.
        _memory = (byte*)_view.SafeMemoryMappedViewHandle.DangerousGetHandle();
    }

    /// <summary>The slot belongs to another call from now on. Before the call itself is written to it.</summary>
    public void Begin(int slot, string callId, in CallProgress progress)
    {
        _owners[slot] = OwnerOf(callId);
        Write(slot, progress);
    }

    /// <summary>No system call, no lock, no allocation.</summary>
    public void Write(int slot, in CallProgress progress)
    {
        var place = _memory + (long)(slot - 1) * PlaceBytes;
        ref var holds = ref *(int*)place;
        var other = holds == 1 ? 0 : 1;
        var half = (Half*)(place + FirstHalf + other * sizeof(Half));
        half->Set(_owners[slot], progress);
        Volatile.Write(ref holds, other);
        GC.KeepAlive(_view);
        if (!_dirty)
        {
            _dirty = true;
        }
    }

    /// <summary>Forces what has changed to the disk, for machines that are lost.</summary>
    public void Flush()
    {
        if (_dirty)
        {
            _dirty = false;
            _view.Flush();
        }
    }

    /// <summary>What an earlier process noted last for a call; null where it is not there or was not written whole.</summary>
    /// <param name="file">Empty where there is no file.</param>
    public static CallProgress? Read(ReadOnlySpan<byte> file, int slot, string callId)
    {
        var start = (long)(slot - 1) * PlaceBytes;
        if (start + PlaceBytes > file.Length)
        {
            return null;
        }

        var place = file.Slice((int)start, PlaceBytes);
        var holds = MemoryMarshal.Read<int>(place);
        var half = MemoryMarshal.Read<Half>(place[(FirstHalf + (holds == 1 ? 1 : 0) * sizeof(Half))..]);
        return half.Get(OwnerOf(callId));
    }

    /// <param name="keep">Calls are still under way.</param>
    public void Close(bool keep)
    {
        _file.Dispose();
        if (!keep)
        {
            File.Delete(_path);
        }
    }

    public void Dispose() => Close(keep: true);

    /// <summary>A number for the id: after a lost machine the two files may be from different moments.</summary>
    private static ulong OwnerOf(string callId)
    {
        var hash = 14_695_981_039_346_656_037UL;   // FNV-1a
        foreach (var letter in callId)
        {
            hash = (hash ^ letter) * 1_099_511_628_211UL;
        }

        return hash;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    private struct Half
    {
        private uint _check;
        private AnswerSeen _seen;
        private byte _unpriced;
        private byte _feeStated;
        private byte _unused;
        private ulong _owner;
        private decimal _costUsd;
        private decimal _feeUsd;
        private int _input, _cacheRead, _cacheWrite5m, _cacheWrite1h, _output, _reasoning, _audioInput, _audioOutput, _imageInput, _imageOutput;
        private int _images, _unlistedImages, _webSearches, _requests;

        public void Set(ulong owner, in CallProgress progress)
        {
            var usage = progress.Usage;
            (_seen, _unpriced, _owner, _costUsd) = (progress.Seen, progress.Unpriced ? (byte)1 : (byte)0, owner, progress.CostUsd);
            (_feeStated, _feeUsd, _unused) = (usage.Units.StatedFeeUsd is null ? (byte)0 : (byte)1, usage.Units.StatedFeeUsd ?? 0m, 0);
            (_input, _cacheRead, _cacheWrite5m, _cacheWrite1h) = (Int(usage.Input), Int(usage.CacheRead), Int(usage.CacheWrite5m), Int(usage.CacheWrite1h));
            (_output, _reasoning, _audioInput, _audioOutput) = (Int(usage.Output), Int(usage.Reasoning), Int(usage.AudioInput), Int(usage.AudioOutput));
            (_imageInput, _imageOutput) = (Int(usage.ImageInput), Int(usage.ImageOutput));
            (_images, _unlistedImages) = (Int(usage.Units.Images), Int(usage.Units.UnlistedImages));
            (_webSearches, _requests) = (Int(usage.Units.WebSearches), Int(usage.Units.Requests));
            _check = Check();
        }

        public CallProgress? Get(ulong owner) => _owner != owner || _seen is 0 || _check != Check() ? null : new(
            _seen,
            new()
            {
                Input = _input, CacheRead = _cacheRead, CacheWrite5m = _cacheWrite5m, CacheWrite1h = _cacheWrite1h, Output = _output, Reasoning = _reasoning,
                AudioInput = _audioInput, AudioOutput = _audioOutput, ImageInput = _imageInput, ImageOutput = _imageOutput,
                Units = new()
                {
                    Images = _images, UnlistedImages = _unlistedImages, WebSearches = _webSearches, Requests = _requests, StatedFeeUsd = _feeStated == 1 ? _feeUsd : null,
                },
            },
            _costUsd, _unpriced == 1);

        private uint Check() => SegmentFile.Crc32C(MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(ref this, 1))[sizeof(uint)..]);

        private static int Int(long count) => (int)Math.Min(count, int.MaxValue);
    }
}
