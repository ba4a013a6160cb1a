using HiWay.Domain.Budgets;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Routing.Candidates;
using HiWay.Domain.Routing.Learned;

namespace HiWay.Domain.Routing.Replay;

/// <summary>
/// A decision as bytes: flags, then variable-length numbers; analyzers that had nothing to say take none. Begins with its version and a
/// byte that stands for the trained weights, because sums of other weights mean something else.
/// </summary>
public static class LoggedDecisionCodec
{
    /// <summary>No decision is longer.</summary>
    public const int MostBytes = 256;

    private const byte Version = 2;

    /// <summary>Without deadlines and aliases; read like today's.</summary>
    private const byte VersionBefore = 1;

    /// <summary>In the byte of budget and profile: the caller limited the cost.</summary>
    private const int CostIsLimited = 0x40;

    private const decimal NanosPerUsd = 1_000_000_000m;

    [Flags]
    private enum Said : byte
    {
        Tools = 1,
        PassesGate = 2,
        SortsFirst = 4,
        Cached = 8,
        SomebodyWasUnwell = 16,
        CallersProfile = 32,
        MostOutput = 64,
        Weighted = 128,
    }

    [Flags]
    private enum SaidToo : byte
    {
        Deadline = 1,
        Streams = 2,
        ThroughAlias = 4,
    }

    public static byte[] Write(LoggedDecision decision) => Write(decision, LearnedModel.Shipped.Fingerprint);

    /// <returns>Null for bytes of an unknown version, or of other trained weights than today's: such a decision cannot be made again.</returns>
    public static LoggedDecision? Read(ReadOnlySpan<byte> bytes) => Read(bytes, LearnedModel.Shipped.Fingerprint);

    internal static byte[] Write(LoggedDecision decision, byte weights)
    {
        var features = decision.Features;
        var needs = decision.Needs;
        var to = new Writer(stackalloc byte[MostBytes]);
        to.Byte(Version);
        to.Byte(weights);
        to.Byte((byte)(
            (features.HasTools ? Said.Tools : 0) | (features.PassesGate ? Said.PassesGate : 0) | (features.SortsFirst ? Said.SortsFirst : 0)
            | (decision.CachedTokens is not null ? Said.Cached : 0) | (decision.SomebodyWasUnwell ? Said.SomebodyWasUnwell : 0)
            | (decision.ProfileIsTheCallers ? Said.CallersProfile : 0) | (needs.MaxOutputTokens is not null ? Said.MostOutput : 0)
            | (decision.WeightThousandths is not null ? Said.Weighted : 0)));
        to.Byte((byte)((int)decision.Budget | ((int)decision.Profile << 4) | (needs.MaxCostUsd is null ? 0 : CostIsLimited)));
        to.Byte((byte)(
            (needs.DeadlineMs is not null ? SaidToo.Deadline : 0) | (needs.Streams ? SaidToo.Streams : 0) | (decision.ThroughAlias ? SaidToo.ThroughAlias : 0)));
        to.Byte((byte)features.Task);
        to.Number(features.Words);
        to.Number(features.KnownWords);
        to.Number(needs.PromptTokens);
        to.Number((int)needs.Required);
        to.Number((int)needs.Preferred);
        if (needs.MaxOutputTokens is { } most)
        {
            to.Number(most);
        }

        if (decision.CachedTokens is { } cached)
        {
            to.Number(cached);
        }

        if (needs.MaxCostUsd is { } limit)
        {
            to.Number((long)(Math.Min(limit, long.MaxValue / NanosPerUsd) * NanosPerUsd));
            to.Number(needs.Choices);
        }

        if (needs.DeadlineMs is { } deadline)
        {
            to.Number((long)Math.Clamp(Math.Ceiling(deadline), 0, int.MaxValue));
        }

        var moved = 0;
        for (var i = 0; i < LearnedSink.Shares; i++)
        {
            moved |= features.Sums[i] == default ? 0 : 1 << i;
        }

        to.Byte((byte)moved);
        for (var i = 0; i < LearnedSink.Shares; i++)
        {
            if ((moved & (1 << i)) != 0)
            {
                to.Signed(features.Sums[i].Light);
                to.Signed(features.Sums[i].Standard);
                to.Signed(features.Sums[i].Heavy);
            }

            // Reason and the part beside share a byte and a bit: there are at most 16 reasons and 21 parts.
            to.Number(features.Readings[i] == 0 ? features.Reasons[i] << 1 : (features.Reasons[i] << 1) | 1);
            if (features.Readings[i] != 0)
            {
                to.Number(features.Readings[i]);
                to.Byte((byte)features.Beside[i]);
            }
        }

        for (var i = 0; i < decision.WeightThousandths?.Count; i++)
        {
            to.Number(decision.WeightThousandths[i]);
        }

        return to.Written.ToArray();
    }

    internal static LoggedDecision? Read(ReadOnlySpan<byte> bytes, byte weights)
    {
        if (bytes.Length < 2 || bytes[0] is not (Version or VersionBefore) || bytes[1] != weights)
        {
            return null;
        }

        var from = new Reader(bytes[2..]);
        var said = (Said)from.Byte();
        var standing = from.Byte();
        var too = bytes[0] == VersionBefore ? default : (SaidToo)from.Byte();
        var features = new RouteFeatures
        {
            HasTools = (said & Said.Tools) != 0,
            PassesGate = (said & Said.PassesGate) != 0,
            SortsFirst = (said & Said.SortsFirst) != 0,
            Task = (TaskType)from.Byte(),
            Words = (int)from.Number(),
            KnownWords = (int)from.Number(),
        };
        var needs = new RouteNeeds
        {
            PromptTokens = (int)from.Number(),
            Required = (ModelCapabilities)from.Number(),
            Preferred = (ModelCapabilities)from.Number(),
            MaxOutputTokens = (said & Said.MostOutput) != 0 ? (int)from.Number() : null,
            RequestedModel = "auto",
            Task = features.Task,
            Streams = (too & SaidToo.Streams) != 0,
        };
        long? cached = (said & Said.Cached) != 0 ? from.Number() : null;
        if ((standing & CostIsLimited) != 0)
        {
            needs = needs with { MaxCostUsd = from.Number() / NanosPerUsd, Choices = (int)from.Number() };
        }

        if ((too & SaidToo.Deadline) != 0)
        {
            needs = needs with { DeadlineMs = from.Number() };
        }

        var moved = from.Byte();
        for (var i = 0; i < LearnedSink.Shares; i++)
        {
            if ((moved & (1 << i)) != 0)
            {
                features.Sums[i] = new((int)from.Signed(), (int)from.Signed(), (int)from.Signed());
            }

            var reason = from.Number();
            features.Reasons[i] = (short)(reason >> 1);
            if ((reason & 1) != 0)
            {
                (features.Readings[i], features.Beside[i]) = ((short)from.Number(), from.Byte());
            }
        }

        int[]? factors = null;
        if ((said & Said.Weighted) != 0)
        {
            factors = new int[LearnedSink.Shares];
            for (var i = 0; i < factors.Length; i++)
            {
                factors[i] = (int)from.Number();
            }
        }

        return from.Failed ? null : new()
        {
            Features = features,
            Needs = needs,
            Budget = (BudgetVerdict)(standing & 0xF),
            Profile = (RoutingProfile)((standing >> 4) & 0x3),
            ProfileIsTheCallers = (said & Said.CallersProfile) != 0,
            CachedTokens = cached,
            ThroughAlias = (too & SaidToo.ThroughAlias) != 0,
            SomebodyWasUnwell = (said & Said.SomebodyWasUnwell) != 0,
            WeightThousandths = factors,
        };
    }

    private ref struct Writer(Span<byte> to)
    {
        private readonly Span<byte> _to = to;
        private int _length;

        public readonly ReadOnlySpan<byte> Written => _to[.._length];

        public void Byte(byte value) => _to[_length++] = value;

        public void Number(long value)
        {
            var rest = (ulong)value;
            while (rest >= 0x80)
            {
                Byte((byte)(rest | 0x80));
                rest >>= 7;
            }

            Byte((byte)rest);
        }

        public void Signed(int value) => Number((uint)((value << 1) ^ (value >> 31)));
    }

    private ref struct Reader(ReadOnlySpan<byte> from)
    {
        private ReadOnlySpan<byte> _rest = from;

        /// <summary>The bytes ended early.</summary>
        public bool Failed { get; private set; }

        public byte Byte()
        {
            if (_rest.IsEmpty)
            {
                Failed = true;
                return 0;
            }

            var value = _rest[0];
            _rest = _rest[1..];
            return value;
        }

        public long Number()
        {
            var value = 0L;
            for (var shift = 0; shift < 63; shift += 7)
            {
                var next = Byte();
                value |= (long)(next & 0x7F) << shift;
                if (next < 0x80)
                {
                    return value;
                }
            }

            Failed = true;
            return 0;
        }

        public long Signed()
        {
            var value = (uint)Number();
            return (int)(value >> 1) ^ -(int)(value & 1);
        }
    }
}
